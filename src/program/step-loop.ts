// Several training steps as one graph: an ONNX Loop whose body is a step and whose state is carried from step to step.
//
// On CUDA, the state crosses the bus in each call: up before it and down after it. In a loop, it does so only once every
// `steps` steps.

import { reshape } from "../graph/functions.ts";
import { Graph, type Value } from "../graph/graph.ts";
import type { Type } from "../graph/operators.ts";
import { blockShape } from "./adam.ts";
import { type BatchShape, type Plan, type StepGraph, stepGraph } from "./step.ts";

/** Inputs, other than the state, that differ from step to step: fed for all steps, stacked along a new first axis. */
const PER_STEP = /^(ids|typeIds|attention|targets|rate|epsilon|push|start\.\d+)$/;
const STATE = /^(scores|first|second)\./;

/**
 * A step's graph whose inputs come from the outer graph: weights unchanged, batches by index, state from the previous
 * step.
 */
class Body extends Graph {
  readonly carried: { readonly name: string; readonly initial: Value }[] = [];
  readonly #outer: Graph;
  readonly #plan: Plan;
  readonly #steps: number;
  readonly #number: Value;

  constructor(outer: Graph, plan: Plan, steps: number) {
    super(outer.fresh("step"), outer);
    this.#outer = outer;
    this.#plan = plan;
    this.#steps = steps;
    this.#number = super.input(this.fresh("number"), { dtype: "int64", shape: [] });
    this.output(this.fresh("on"), super.input(this.fresh("on"), { dtype: "bool", shape: [] }));
  }

  override input(name: string, type: Type): Value {
    if (PER_STEP.test(name)) {
      const all = this.#outer.input(name, { dtype: type.dtype, shape: [this.#steps, ...type.shape] });
      return this.apply("Gather", [all, this.#number], { axis: 0 })[0]!;
    }
    const value = this.#outer.input(name, type);
    if (!STATE.test(name) && this.#plan.treatment(name.split("+")[0]!) !== "trained") return value;
    // In the shape that Adam returns: a result in another shape would be copied.
    const shape = blockShape(type.shape, this.block);
    this.carried.push({ name, initial: reshape(value, shape) });
    return reshape(super.input(this.fresh(name), { dtype: type.dtype, shape }), type.shape);
  }
}

/**
 * A graph of `steps` steps of `stepGraph`. Batches, "rate", "epsilon", "push" and the windows' starts are fed stacked
 * along a first axis of extent `steps`; "loss" is returned as [steps], `keptOf` as [steps, runs],
 * and the state as it is after the last step.
 */
export function stepLoopGraph(plan: Plan, shape: BatchShape, tableLength: number, steps: number): StepGraph {
  const graph = new Graph(`${steps} steps ${shape.size}×${shape.length}`, undefined, plan.block);
  const body = new Body(graph, plan, steps);
  const { groups, windows } = stepGraph(plan, shape, tableLength, body);
  const made = new Map(body.outputs.map((output) => [output.name, output.value]));
  const [on] = body.outputs;
  body.outputs.length = 0;
  body.output(on!.name, on!.value);
  for (const { name } of body.carried) body.output(body.fresh(name), made.get(`next.${name}`)!);
  const perStep = [...made.keys()].filter((name) => name === "loss" || name.startsWith("kept."));
  for (const name of perStep) body.output(body.fresh(name), made.get(name)!);
  const results = graph.apply(
    "Loop",
    body.carried.map(({ initial }) => initial),
    { body, steps },
  );
  body.carried.forEach(({ name }, i) => {
    graph.output(`next.${name}`, results[i]!);
  });
  perStep.forEach((name, i) => {
    graph.output(name, results[body.carried.length + i]!);
  });
  return { graph, groups, windows };
}
