// Ten steps of training of a tiny model on the batch that PyTorch trained it on (test/fixtures/models), through the step graph.
import { readFile } from "node:fs/promises";
import { CACHED } from "../../src/graph/graph.ts";
import type { Precision } from "../../src/graph/precision.ts";
import { readConfig } from "../../src/model/config.ts";
import { familyOf, type ModelType } from "../../src/model/families/families.ts";
import { canonicalName, selectMatrices } from "../../src/model/names.ts";
import { adamFactors } from "../../src/program/graphs/adam.ts";
import type { Plan, Treatment } from "../../src/program/graphs/plan.ts";
import { evaluationGraph, REPORT, stepGraph } from "../../src/program/graphs/step.ts";
import { type Distilled, softFeeds } from "../../src/program/soft-targets.ts";
import { Store } from "../../src/program/store.ts";
import type { Device } from "../../src/runtime/device.ts";
import { Session } from "../../src/runtime/session.ts";
import { decodeSafetensors } from "../../src/safetensors.ts";
import { float32, type Tensor } from "../../src/tensor.ts";

export const FAMILIES = ["bert", "roberta", "distilbert"] as const;

/** Tensors by name that know which of them nobody has asked for. */
export class Reference extends Map<string, Tensor> {
  readonly #asked = new Set<string>();

  override get(name: string): Tensor | undefined {
    this.#asked.add(name);
    return super.get(name);
  }

  get left(): string[] {
    return [...this.keys()].filter((name) => !this.#asked.has(name));
  }
}

/** PyTorch's tensors of a tiny model by canonical name; `file` is one of its safetensors without the ending. */
export async function tensors(family: string, file: string): Promise<Reference> {
  const bytes = new Uint8Array(await readFile(`test/fixtures/models/tiny-${family}/${file}.safetensors`));
  const { header, bytesOf } = decodeSafetensors(bytes, file);
  const reference = new Reference();
  for (const { name, type, shape } of header.entries.values()) {
    const { buffer } = bytesOf(name).slice();
    const tensor: Tensor =
      type === "I64"
        ? { dtype: "int64", shape, data: new BigInt64Array(buffer) }
        : { dtype: "float32", shape, data: new Float32Array(buffer) };
    reference.set(
      canonicalName(name, familyOf({ modelType: family as ModelType })).replace(`.${family}.`, "."),
      tensor,
    );
  }
  return reference;
}

function timeMajor({ shape, data }: Tensor): Tensor<"int64"> {
  const [B, T] = shape as [number, number];
  return {
    dtype: "int64",
    shape: [T, B],
    data: BigInt64Array.from({ length: B * T }, (_, i) => data[(i % B) * T + Math.floor(i / B)] as bigint),
  };
}

/** Trains ten steps on the reference's batch and returns the losses, the logits after, and the live values. */
export async function tenSteps(
  family: string,
  treatment: (name: string) => Treatment,
  scores: Map<string, Tensor>,
  learningRate: number,
  {
    device = "cpu",
    block = CACHED,
    precision = "float32",
    directRate,
    distilled,
  }: {
    device?: Device;
    block?: number;
    precision?: Precision;
    /** The learning rate, by step from 1, of what is trained directly; by default that of the scores. */
    directRate?: (step: number) => number;
    distilled?: Distilled;
  } = {},
) {
  const config = await readConfig(`test/fixtures/models/tiny-${family}`);
  const [model, forward] = [await tensors(family, "model"), await tensors(family, "forward")];
  const shapes = [...model].map(([name, { shape }]) => ({ name, shape }));
  const weights = new Store(shapes);
  for (const [name, { data }] of model) weights.array(name).set(data as Float32Array);
  const learning = new Store(shapes.filter(({ name }) => treatment(name) === "masked"));
  for (const name of learning.names())
    learning.array(name).set(scores.get(name.replace(/\.weight$/, ""))!.data as Float32Array);
  const moving = shapes.filter(({ name }) => treatment(name) !== "frozen");
  const [first, second] = [new Store(moving), new Store(moving)];
  const plan: Plan = {
    config,
    classifier: "sequence",
    labels: 3,
    binarizer: "threshold",
    threshold: 0.01,
    treatment,
    shape: (name) => model.get(name)!.shape,
    adjoin: (names) => weights.adjoin(names),
    rate: () => 0,
    steered: false,
    apart: directRate !== undefined,
    distilled,
    block,
  };
  const [size, length] = forward.get("input_ids")!.shape as [number, number];
  const { graph, groups } = stepGraph(plan, { size, length }, 1);
  const batch: Record<string, Tensor> = {
    ids: timeMajor(forward.get("input_ids")!),
    attention: float32([size, length], Float32Array.from(forward.get("attention_mask")!.data, Number)),
  };
  if (config.typeVocabSize)
    batch.typeIds = forward.has("token_type_ids")
      ? timeMajor(forward.get("token_type_ids")!)
      : { dtype: "int64", shape: [length, size], data: new BigInt64Array(size * length) };
  const targets = new Float32Array(size * 3);
  forward.get("labels")!.data.forEach((label, row) => {
    targets[row * 3 + Number(label)] = 1 / size;
  });
  const rows = {
    ...{ size, index: [...Array(size).keys()] },
    targets: BigInt64Array.from(forward.get("labels")!.data as BigInt64Array),
  };
  const shape = { classifier: "sequence", labels: 3 } as const;
  const state: Record<string, Tensor> = {};
  const feeds: Record<string, Tensor> = {
    ...{ ...batch, targets: float32([size, 3], targets) },
    ...(distilled && (softFeeds([rows], shape, distilled, () => 1 / size) as Record<string, Tensor>)),
  };
  const shaped = (name: string, tensor: Tensor): Tensor => ({
    ...tensor,
    shape: graph.inputs.find((input) => input.name === name)!.type.shape,
  });
  for (const { names, scores: masked } of groups) {
    const key = names.join("+");
    feeds[key] = weights.stacked(names);
    if (masked) state[`scores.${key}`] = learning.stacked(names);
    else if (treatment(names[0]!) === "trained") state[key] = weights.stacked(names);
    else continue;
    const own = masked ? `scores.${key}` : key;
    state[`first.${own}`] = shaped(`first.${own}`, first.stacked(names));
    state[`second.${own}`] = shaped(`second.${own}`, second.stacked(names));
  }
  const session = await Session.create(graph, device, { precision });
  const inPlace = Object.fromEntries(
    Object.entries(state)
      .map(([name, tensor]): [string, Tensor] => [`next.${name}`, tensor])
      .filter(([output]) => session.mayOverwrite(output, output.slice("next.".length))),
  );
  const losses: number[] = [];
  for (let step = 1; step <= 10; step++) {
    const { rate, epsilon } = adamFactors(step, learningRate);
    const results = await session.run(
      {
        ...feeds,
        ...state,
        rate: float32([], Float32Array.of(rate)),
        epsilon: float32([], Float32Array.of(epsilon)),
        ...(directRate && { directRate: float32([], Float32Array.of(adamFactors(step, directRate(step)).rate)) }),
      },
      inPlace,
    );
    losses.push(results[REPORT]!.data[0] as number);
    for (const [name, { data }] of Object.entries(state))
      if (!inPlace[`next.${name}`]) (data as Float32Array).set(results[`next.${name}`]!.data as Float32Array);
  }
  await session.release();
  const evaluation = evaluationGraph(plan, { size, length });
  const known = new Set(evaluation.graph.inputs.map(({ name }) => name));
  const scoring = await Session.create(evaluation.graph, device);
  const { logits } = await scoring.run(
    Object.fromEntries(Object.entries({ ...feeds, ...state }).filter(([name]) => known.has(name))),
  );
  await scoring.release();
  return { losses, logits: logits!.data as Float32Array, learning, weights };
}

/** What the reference masks, and its scores before the first step. */
export async function maskedReference(family: string) {
  const want = await tensors(family, "masking");
  const config = await readConfig(`test/fixtures/models/tiny-${family}`);
  const masked = new Set(selectMatrices(config, { layers: "1,2", labels: 3 }).map(({ name }) => `${name}.weight`));
  const start = new Map(
    [...want].filter(([name]) => name.startsWith("scores.0.")).map(([name, tensor]) => [name.slice(9), tensor]),
  );
  const treatment = (name: string): Treatment => (masked.has(name) ? "masked" : "frozen");
  return { want, masked, treatment, start, learningRate: 1e-2 };
}
