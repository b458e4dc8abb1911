// Ensembles: votes made by hand, and sums of numpy's.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ensemblesOf, type Member, voted } from "../../src/adaptation/ensemble.ts";
import { NOTHING, type Outcome } from "../../src/adaptation/metrics.ts";
import { sampled } from "../../src/adaptation/paired.ts";
import type { Units } from "../../src/adaptation/units.ts";

/** Units with these logits, one example a unit. */
function unitsOf(logits: readonly (readonly number[])[], targets: readonly number[] = logits.map(() => 0)): Units {
  const classes = logits[0]!.length;
  return {
    classes,
    starts: Uint32Array.from({ length: logits.length + 1 }, (_, i) => i),
    targets: Int32Array.from(targets),
    predictions: Int32Array.from(logits, (row) => row.indexOf(Math.max(...row))),
    logProbabilities: Float32Array.from(
      logits.flatMap((row) => {
        const all = Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0));
        return row.map((x) => x - all);
      }),
    ),
  };
}

test("the sum of logits and the sum of probabilities can decide differently", () => {
  // One member is very sure of class 0, two lean to class 1: Σ logits 6 > 4; Σ p = 0.998 + 2 · 0.119 < 0.002 + 2 · 0.881.
  const members = [unitsOf([[6, 0]]), unitsOf([[0, 2]]), unitsOf([[0, 2]])];
  assert.deepEqual([...voted("logits", members)], [0]);
  assert.deepEqual([...voted("probabilities", members)], [1]);
  assert.deepEqual([...voted("majority", members)], [1]);
  // Each logit plus any number per member changes nothing.
  const shifted = [unitsOf([[106, 100]]), ...members.slice(1)];
  for (const by of ["logits", "probabilities", "majority"] as const)
    assert.deepEqual(voted(by, shifted), voted(by, members));
});

test("in a tie of votes the earliest member decides, in any other tie the first class", () => {
  const one = (label: number) => unitsOf([[0, 1, 2].map((i) => (i === label ? 3 : 0))]);
  const votes = (...labels: number[]) => voted("majority", labels.map(one))[0];
  assert.equal(votes(2, 1), 2);
  assert.equal(votes(1, 2), 1);
  assert.equal(votes(0, 2, 1, 2, 1), 2, "two against two: member 1 voted for 2 before member 2 voted for 1");
  assert.equal(votes(2, 1, 1, 0, 0), 1, "the earliest among those tied, not the earliest of all");
  assert.deepEqual([...voted("logits", [one(1), one(2)])], [1]);
  assert.deepEqual([...voted("probabilities", [one(2), one(1)])], [1]);
});

test("sums are those of all members, as numpy adds them", () => {
  const { logits, byLogits, byProbabilities } = JSON.parse(
    readFileSync("test/fixtures/metrics/ensembles.json", "utf8"),
  ) as { logits: number[][][]; byLogits: number[]; byProbabilities: number[] };
  const members = logits.map((rows) => unitsOf(rows));
  assert.deepEqual([...voted("logits", members)], byLogits);
  assert.deepEqual([...voted("probabilities", members)], byProbabilities);
  assert.notDeepEqual(byLogits, byProbabilities);
});

test("an ensemble's metric stands beside the mean of its members, and words without a prediction stay so", () => {
  const targets = [0, 0, 1, 1];
  const member = (right: readonly boolean[]): Member => {
    const units = unitsOf(
      targets.map((target, i) => [0, 1].map((k) => Number((k === target) === right[i]))),
      targets,
    );
    const outcome: Outcome = {
      ...{ kind: "sentence", metric: "accuracy", labels: ["a", "b"], targets: targets.map((one) => [one]) },
      predictions: [...units.predictions].map((one) => [one]),
    };
    return { units, outcome: sampled(outcome) };
  };
  const members = [
    member([true, true, false, true]),
    member([true, false, true, true]),
    member([false, true, true, true]),
  ];
  for (const { metrics, difference } of ensemblesOf(members, "wrong")) {
    assert.equal((metrics.accuracy as { value: number }).value, 1);
    assert.ok(Math.abs(difference.value - 0.25) < 1e-12);
  }
  const unseen = { ...members[0]!.units, predictions: Int32Array.of(0, NOTHING, 1, 1) };
  assert.equal(voted("majority", [unseen, unseen])[1], NOTHING);
  // A word that one member did not see is left to the others, whatever their order.
  const votes = [members[0]!.units, members[1]!.units, unseen];
  for (const order of [votes, votes.toReversed()])
    for (const by of ["logits", "probabilities"] as const)
      assert.equal(
        voted(by, order)[1],
        voted(
          by,
          order.filter((units) => units !== unseen),
        )[1],
        by,
      );
  const none = members.map((member) => ({ ...member, units: unseen }));
  const counted = (unscored: "wrong" | "leave-out") =>
    (ensemblesOf(none, unscored)[2]!.metrics.accuracy as { value: number }).value;
  assert.deepEqual([counted("wrong"), counted("leave-out")], [0.75, 1]);
  assert.throws(() => voted("logits", [members[0]!.units, unitsOf([[0, 1]])]), RangeError);
});
