import assert from "node:assert/strict";
import path from "node:path";
import test from "node:test";
import { adaptationNames, differenceText, lossText, namesWithTasks } from "../../../src/extension/ui/words.ts";

const file = (...parts: string[]) => path.join(path.sep, ...parts);

test("masks are called by their names, and by the folders that differ where names are the same", () => {
  const names = (...files: string[]) => adaptationNames(files.map((one) => file(...one.split("/"))));
  assert.deepEqual(names("w/sst2/sst2.mask.safetensors", "w/trec/trec.mask.safetensors"), ["sst2", "trec"]);
  assert.deepEqual(names("w/a/sst2/sst2.mask.safetensors", "w/b/sst2/sst2.mask.safetensors"), ["sst2 (a)", "sst2 (b)"]);
  assert.deepEqual(
    names(
      "w/a/x/sst2.mask.safetensors",
      "w/a/y/sst2.mask.safetensors",
      "w/b/x/sst2.mask.safetensors",
      "w/q.mask.safetensors",
    ),
    ["sst2 (a/x)", "sst2 (a/y)", "sst2 (b/x)", "q"],
  );
});

test("a mask that lies above another of its name has its name alone", () => {
  const names = adaptationNames([file("w", "m.mask.safetensors"), file("w", "old", "m.mask.safetensors")]);
  assert.deepEqual(names, ["m", "m (old)"]);
});

test("the masks of studies' cells have the names of the studies, too", () => {
  const cell = (study: string) => file("w", study, "cells", "007", "007.mask.safetensors");
  assert.deepEqual(adaptationNames([cell("seeds"), cell("layers")]), ["seeds/007", "layers/007"]);
});

test("masks of one task are told apart by their names, each with its task unless it is called after it", () => {
  const of = (task: string, ...files: string[]) => files.map((one) => ({ adaptation: file(...one.split("/")), task }));
  const names = [
    ...of("sentiment", "w/first/first.mask.safetensors", "w/second/second.tuned.safetensors"),
    ...of("spam", "w/a/spam.mask.safetensors", "w/b/spam.mask.safetensors"),
    ...of("", "w/damaged.mask.safetensors"),
  ];
  const expected = ["first · sentiment", "second · sentiment", "spam (a)", "spam (b)", "damaged"];
  assert.deepEqual(namesWithTasks(names), expected);
});

test("scores say how many rows were cut and how many words have no prediction, where there are any", () => {
  assert.equal(
    lossText({ examples: 1449, cut: 12, unscored: 3 }),
    ", 12 of 1,449 examples truncated, 3 words unscored",
  );
  assert.equal(lossText({ examples: 1449, cut: 0, unscored: 1 }), ", 1 word unscored");
  assert.equal(lossText({ examples: 1449, cut: 0, unscored: 0 }), "");
});

test("a difference has its interval in points, or the reason why there is none", () => {
  assert.equal(
    differenceText("accuracy", { value: 0.012, low: -0.003, high: 0.027 }),
    "accuracy +1.2 points (−0.3 to +2.7)",
  );
  assert.equal(
    differenceText("accuracy", { value: -0.012, low: null, high: null, reason: "too few examples" }),
    "accuracy −1.2 points (too few examples)",
  );
});
