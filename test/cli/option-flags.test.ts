import assert from "node:assert/strict";
import test from "node:test";
import { fromText } from "../../src/cli/option-flags.ts";
import { OPTIONS } from "../../src/recipe/options.ts";

test("a flag's text becomes the value that JSON would have", () => {
  const read = (key: keyof ReturnType<typeof OPTIONS>["shape"], text: string) => fromText(OPTIONS().shape[key], text);
  assert.equal(read("learningRate", "3e-3"), 0.003);
  assert.equal(read("epochs", ""), "");
  assert.deepEqual(read("kinds", "Q, V"), ["Q", "V"]);
  assert.deepEqual(read("targetSparsity", "target=0.5,schedule=cubic"), { target: 0.5, schedule: "cubic" });
  assert.equal(read("targetSparsity", "none"), null);
  assert.equal(read("dropout", "config"), "config");
  assert.equal(read("dropout", "0.1"), 0.1);
});
