// Broken files of every supported format: a small part of `npm run bench fuzz`, and every input that ever failed in it.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { FORMATS } from "./formats.ts";
import { inputOf, judge, readInput, writeInput } from "./run.ts";

/** Inputs per format; the benchmark reads 100,000. */
const COUNT = 200;
const SEED = 7;
const KEPT = "test/fixtures/fuzz";

const folder = mkdtempSync(path.join(tmpdir(), "masklens-fuzz-"));
after(() => rmSync(folder, { recursive: true }));

for (const name of Object.keys(FORMATS))
  describe(name, () => {
    test("whole files are read", async () => {
      for (const files of await FORMATS[name]!.seeds()) {
        writeInput(folder, files);
        assert.deepEqual(await judge(name, folder), { outcome: "read", message: "" });
      }
    });

    test("files changed at random are read, or refused in one sentence with its place and remedy", async () => {
      let refused = 0;
      for (let index = 0; index < COUNT; index++) {
        writeInput(folder, await inputOf(name, SEED, index));
        const { outcome, message } = await judge(name, folder);
        assert.notEqual(outcome, "untyped", `input ${index} of seed ${SEED}: ${message}`);
        if (outcome === "refused") refused++;
      }
      // Lines of a log that are not events are skipped, so its inputs are never refused; of the queue, a few keys are read;
      // nearly every text is a plain text.
      assert.ok(
        refused > COUNT / 4 || ["log.jsonl", "squeue", "txt"].includes(name),
        `only ${refused} of ${COUNT} were refused`,
      );
    });

    const kept = path.join(KEPT, name);
    for (const input of existsSync(kept) ? readdirSync(kept) : [])
      test(`the input ${input}, which once failed, is read or refused`, async () => {
        writeInput(folder, readInput(path.join(kept, input)));
        const { outcome, message } = await judge(name, folder);
        assert.notEqual(outcome, "untyped", message);
      });
  });
