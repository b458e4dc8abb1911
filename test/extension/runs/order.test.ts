import assert from "node:assert/strict";
import test from "node:test";
import { inRunOrder, RUN_ORDERS, type RunOrder, type Sortable } from "../../../src/extension/runs/order.ts";

const run = (name: string, facts: Partial<Sortable> = {}): Sortable => ({
  ...{ folder: `/w/masks/${name}`, name, time: undefined, task: undefined, device: undefined },
  ...{ recipe: undefined, best: undefined, ...facts },
});

const RUNS = [
  run("run 10", { time: 30, task: "spam", best: 0.5, device: "cpu", recipe: { preset: "quick", changes: [] } }),
  run("run 2", { time: 10, task: "spam", best: 0.9, device: "cuda:0", recipe: { preset: "paper", changes: [] } }),
  run("run 1", { time: 20, task: "news", best: 0, device: "cpu", recipe: { preset: "quick", changes: ["epochs 3"] } }),
  run("unread"),
];

const namesBy = (order: RunOrder) => inRunOrder(RUNS, order).map(({ name }) => name);

test("runs are sorted by name, date, task, metric, device or options, and by name where these are equal", () => {
  assert.deepEqual(namesBy("name"), ["run 1", "run 2", "run 10", "unread"]);
  assert.deepEqual(namesBy("date"), ["run 10", "run 1", "run 2", "unread"]);
  assert.deepEqual(namesBy("task"), ["run 1", "run 2", "run 10", "unread"]);
  assert.deepEqual(namesBy("metric"), ["run 2", "run 10", "run 1", "unread"]);
  assert.deepEqual(namesBy("device"), ["run 1", "run 10", "run 2", "unread"]);
  assert.deepEqual(namesBy("options"), ["run 2", "run 10", "run 1", "unread"]);
});

test("of a metric of which lower values are better, the lowest comes first", () => {
  const runs = [3, 1, 2].map((best) => run(`run ${best}`, { best, metric: "perplexity" }));
  assert.deepEqual(
    inRunOrder(runs, "metric").map(({ best }) => best),
    [1, 2, 3],
  );
});

test("the order does not depend on the order in which runs were found", () => {
  const twins = [...RUNS, { ...run("run 2"), folder: "/w/others/run 2" }];
  for (const order of RUN_ORDERS)
    assert.deepEqual(inRunOrder([...twins].reverse(), order), inRunOrder(twins, order), order);
});
