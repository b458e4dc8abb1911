// The parameters of a graph, and the random numbers that it reads, as inputs.

import { cast, concat, mul, reshape, window } from "../../graph/functions.ts";
import type { Graph, Value } from "../../graph/graph.ts";
import type { Parameters } from "../../model/layers.ts";
import { binarizers } from "../../recipe/binarizers.ts";
import { sizeOf } from "../../tensor.ts";
import { averageOf, type Group, isScored, keyOf, type Plan, thresholdOf } from "./plan.ts";

/** The parameters of one graph: each tensor becomes an input when the model first uses it. */
export class GraphParameters implements Parameters {
  readonly groups = new Map<string, Group>();
  readonly #graph: Graph;
  readonly #plan: Plan;
  readonly #uniform: ((count: number) => Value) | undefined;

  /** `uniform`: for training, which may sample masks; without it, for evaluation. */
  constructor(graph: Graph, plan: Plan, uniform?: (count: number) => Value) {
    this.#graph = graph;
    this.#plan = plan;
    this.#uniform = uniform;
  }

  weight(modules: readonly string[]): Value {
    return this.#stack(modules.map((module) => `${module}.weight`));
  }

  bias(modules: readonly string[]): Value {
    return this.#stack(modules.map((module) => `${module}.bias`));
  }

  tensor(name: string): Value {
    return this.#group([name]).effective;
  }

  #stack(names: readonly string[]): Value {
    const alike = new Set(names.map((name) => this.#plan.treatment(name))).size === 1;
    if (alike && this.#plan.adjoin(names)) return this.#group(names).effective;
    return concat(
      names.map((name) => this.tensor(name)),
      0,
    );
  }

  #group(names: readonly string[]): Group {
    const key = keyOf(names);
    const known = this.groups.get(key);
    if (known) return known;
    const shapes = names.map((name) => this.#plan.shape(name));
    const shape = [shapes.reduce((rows, [first]) => rows + first!, 0), ...shapes[0]!.slice(1)];
    const treatment = this.#plan.treatment(names[0]!);
    const input = this.#graph.input(key, { dtype: this.#plan.type?.(names[0]!) ?? "float32", shape });
    const wide = cast(input, "float32");
    let group: Group = { names, treatment, input, effective: wide };
    if (isScored(treatment)) {
      const scoreShape = treatment === "gated" ? [this.#plan.gates!(key), 1] : shape;
      const { binarizer, average } = this.#plan;
      const name = average === undefined || this.#uniform ? `scores.${key}` : averageOf(`scores.${key}`);
      const scores = this.#graph.input(name, { dtype: "float32", shape: scoreShape });
      const threshold =
        this.#plan.threshold === "moving"
          ? this.#graph.input(thresholdOf(name), { dtype: "float32", shape: [scoreShape[0]!, 1] })
          : this.#plan.threshold;
      const { random, keeps } = binarizers[binarizer];
      const uniform = random ? this.#uniform?.(sizeOf(scoreShape)) : undefined;
      const kept = cast(keeps(scores, threshold, uniform && reshape(uniform, scoreShape)), "float32");
      group =
        treatment === "gated"
          ? { ...group, scores, gates: kept, effective: gated(wide, kept) }
          : { ...group, scores, effective: mul(wide, kept) }; // in one pass over memory; Where takes several
    }
    this.groups.set(key, group);
    return group;
  }
}

/** The columns of a matrix, in equal parts, times one gate for each part. */
function gated(matrix: Value, gates: Value): Value {
  const [[rows, columns], [count]] = [matrix.type.shape, gates.type.shape];
  const parts = reshape(matrix, [rows!, count!, columns! / count!]);
  return reshape(mul(parts, reshape(gates, [1, count!, 1])), [rows!, columns!]);
}

/** Windows of tables of random numbers: one table per kind, one start per place (see random-tables.ts). */
export class Windows {
  readonly sites: { readonly table: string; readonly count: number }[] = [];
  readonly #graph: Graph;

  readonly #tables = new Map<string, Value>();
  readonly #length: number;

  constructor(graph: Graph, length: number) {
    this.#graph = graph;
    this.#length = length;
  }

  take(table: string, count: number): Value {
    let value = this.#tables.get(table);
    if (!value) {
      value = this.#graph.input(table, { dtype: "float32", shape: [this.#length] });
      this.#tables.set(table, value);
    }
    const start = this.#graph.input(`start.${this.sites.length}`, { dtype: "int64", shape: [1] });

    this.sites.push({ table, count });
    return window(value, start, count);
  }
}

/** The names of the tables of dropout factors {0, 1 / (1 − rate)} and of uniform numbers in [0, 1). */
export const dropoutTable = (rate: number) => `dropout.${rate}`;
export const UNIFORM_TABLE = "uniform";
