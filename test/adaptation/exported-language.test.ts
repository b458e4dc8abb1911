// Exported decoders: their losses are transformers' (test/fixtures/families) or, of masked ones, those under the mask.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { exportModel } from "../../src/adaptation/export/export.ts";
import { readAdaptation } from "../../src/adaptation/read.ts";
import { Scorers } from "../../src/adaptation/scorers.ts";
import { fullBits } from "../../src/mask/bits.ts";
import { nextTokens, withoutMasks } from "../model/family-program.ts";
import { familyReference } from "../model/family-reference.ts";
import { folderOf } from "../model/folders.ts";
import { close } from "../program/close.ts";
import { maskFile } from "./tiny.ts";

const LANGUAGE = { classifier: "language", labels: 0 } as const;

for (const name of ["gpt2", "llama", "qwen3"])
  test(`${name}: an exported language model computes what transformers computes, and under a mask what the mask gives`, async (t) => {
    const home = folderOf(t);
    const base = `test/fixtures/families/tiny-${name}`;
    const [reference, stored] = [await familyReference(name), JSON.parse(readFileSync(`${base}/config.json`, "utf8"))];
    const batch = nextTokens(reference);
    const lossesOf = async (out: string) => {
      const losses: number[] = [];
      await withoutMasks(name, reference, LANGUAGE, async (own) => void losses.push(...(await own.losses(batch))), out);
      return losses;
    };
    const kind = "language";
    const whole = await maskFile(home, "whole", [], {
      ...{ base, kind, bitsOf: ({ rows, columns }) => fullBits(rows, columns) },
    });
    const out = path.join(home, "out");
    const { architecture } = await exportModel({ adaptation: whole, out });
    assert.deepEqual([architecture], stored.architectures);
    const sum = (await lossesOf(out)).reduce((all, loss) => all + loss, 0);
    const count = batch.targets.filter((target) => target >= 0n).length;
    close([sum / count], reference.tensors.get("loss")!.data as Float32Array, 1e-5, "loss");
    const config = JSON.parse(readFileSync(path.join(out, "config.json"), "utf8"));
    assert.equal(config.id2label, undefined);
    const files = [
      "tokenizer.json",
      "generation_config.json",
      ...(existsSync(`${base}/chat_template.jinja`) ? ["chat_template.jinja"] : []),
    ];
    for (const file of files)
      assert.equal(readFileSync(path.join(out, file), "utf8"), readFileSync(`${base}/${file}`, "utf8"));

    const masked = await maskFile(home, "masked", [], { base, kind });
    const zeros = path.join(home, "zeros");
    await exportModel({ adaptation: masked, out: zeros });
    const scorers = new Scorers({}, "cpu");
    const under = await scorers.under(await readAdaptation(masked));
    const wanted = await under.losses(batch);
    close(await lossesOf(zeros), wanted, 1e-6, "masked losses");
    const unmasked = await lossesOf(out);
    assert.ok(
      wanted.some((loss, i) => Math.abs(loss - unmasked[i]!) > 1e-3),
      "the mask changes losses",
    );
    await scorers.release();
  });
