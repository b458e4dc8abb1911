import assert from "node:assert/strict";
import { test } from "node:test";
import { partDescription, partTooltip } from "../../../src/extension/masks/part-words.ts";

const effect = { value: 1.333, low: 1.21, high: 1.46 };
const part = { sparsity: 0.051, pruned: 1234, regrown: 56, expected: 925.4, effect, z: 7.12, phi: 1, marked: true };

test("a part of a mask is described by z first, so that a narrow view shows it, and its tooltip says what each number is compared with", () => {
  assert.equal(partDescription(part), "z 7.1 ● · 1.33× · sparsity 5.10 %");
  assert.deepEqual(partTooltip(part, ["Layer 2"]).split("\n"), [
    "Layer 2",
    "sparsity 5.10 %",
    "pruned: 1,234; expected given the initial scores: 925",
    "effect 1.33: pruned / expected (95 % confidence interval 1.21 to 1.46)",
    "z 7.1: standard deviations from the expected count",
    "● significant after correction for multiple tests (false discovery rate 5 %)",
    "regrown: 56",
  ]);
});

test("a negative z has a minus sign, as on the pages", () => {
  const spared = { ...part, effect: { value: 0.8, low: 0.7, high: 0.9 }, z: -3.46 };
  assert.equal(partDescription(spared), "z −3.5 ● · 0.80× · sparsity 5.10 %");
  assert.match(partTooltip(spared, []), /^z −3\.5: standard deviations/m);
});

test("a part of a mask whose initial mask is unknown has its sparsity alone", () => {
  const unknown = { ...part, pruned: null, regrown: null, expected: null, effect: null, z: null, marked: null };
  assert.equal(partDescription(unknown), "sparsity 5.10 %");
  assert.match(partTooltip(unknown, []), /^sparsity 5\.10 %\nThe changes made by training are unknown/);
});
