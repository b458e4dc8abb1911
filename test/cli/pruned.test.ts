// What `masklens export --prune` prints of a mask that leaves heads and neurons dead (test/fixtures/models/dead.py).

import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { deadMask } from "../adaptation/dead-masks.ts";
import { folder, masklens } from "./run.ts";

test("export --prune says per layer what it removed, what stays and why, and what that brings", async () => {
  const home = folder();
  const { mask } = await deadMask("bert", home);
  const words = (format: string) => ["export", mask, "--format", format, "--prune", "--out", path.join(home, format)];
  const model = await masklens(words("safetensors"));
  assert.equal(model.code, 0, model.err);
  assert.match(model.out, /^layer +dead heads +removed +dead neurons +removed$/m);
  assert.match(model.out, /^L0 +3 of 4 +0 +25 of 64 +5$/m);
  assert.match(model.out, /^7 dead heads stay: transformers has one number of heads/m);
  assert.match(model.out, /^79 dead neurons stay: /m);
  assert.match(model.out, /^3 dead neurons of the pooler stay, /m);
  assert.match(model.out, /^--format onnx removes them all; a few lines of Python/m);
  assert.match(model.out, /1 value dimension is dead and 2 query and key dimensions/);
  assert.match(model.out, /^[\d,]+ parameters before, [\d,]+ after \(\d+\.\d %\); \d+ kB before, \d+ kB after\.$/m);
  assert.match(
    model.out,
    /^The largest difference of a logit is \d\.\de(\+0|-[789]|-1\d) on the example that was measured\.$/m,
  );
  assert.match(
    model.out,
    /^An example of 64 tokens takes .* times as long \(median of \d+ alternating pairs, .* logical processors?\)/m,
  );
  assert.match(
    model.out,
    /are zeros \(\d+\.\d %\)\. Unstructured zeros save neither time nor memory in PyTorch and ONNX/,
  );
  assert.doesNotMatch(model.out, /nearest/);

  const onnx = await masklens(words("onnx"));
  assert.match(onnx.out, /^L0 +3 of 4 +3 +25 of 64 +25$/m);
  assert.match(onnx.out, /^L2 +4 of 4 +4 +64 of 64 +64$/m);
  assert.match(onnx.out, /^pooler +3 of 32 +3$/m);
  assert.doesNotMatch(onnx.out, /dead (heads|neurons) stay/);
});
