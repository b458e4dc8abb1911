// What masklens info says of a base model.

import path from "node:path";
import { openBase } from "../adaptation/base.ts";
import { architecturesFor, KINDS, type TaskKind } from "../data/examples.ts";
import { exists } from "../files.ts";
import { isJsonObject, readJsonObject } from "../json.ts";
import type { MatrixKind } from "../kinds.ts";
import type { ModelConfig } from "../model/config.ts";
import { allMatrices, defaultLayers, kindsOf, namesOf } from "../model/names.ts";
import type { PretrainedTensor, PretrainedWeights } from "../model/weights/pretrained.ts";
import { isConstant } from "../model/weights/shapes.ts";
import { bytes, grouped } from "../numbers.ts";
import { sizeOf } from "../tensor.ts";
import { visible } from "../visible.ts";
import { table } from "./tables/table.ts";
import { named } from "./terminal.ts";

/** A model folder, as JSON and as text. */
export async function modelInformation(given: string): Promise<{ json: object; text: string }> {
  const { folder, config, pretrained, tokenizer, notes } = await openBase(given);
  try {
    const tensors = [...pretrained.tensors].map(([name, { shape, type }]) => ({ name, shape, type }));
    const parameters = parametersOf(pretrained.tensors);
    const size = [...pretrained.shards.values()].reduce((sum, shard) => sum + shard.size, 0);
    const { id, layers, hiddenSize, heads, feedForward, vocabSize, positions } = config;
    const { model_type: stated } = await readJsonObject(path.join(folder, "config.json"), "repair it");
    const modelType = typeof stated === "string" ? stated : config.modelType;
    const { stacks, encoderLayers = null, keyHeads, headSize, windows = null } = config;
    const taskKinds = (Object.keys(KINDS) as TaskKind[]).filter(
      (kind) => architecturesFor(kind).includes(stacks) && (kind !== "document" || tokenizer.marksEnds),
    );
    const limit = Number.isFinite(positions) ? positions : null;
    const facts = {
      ...{ id, modelType, stacks, layers, encoderLayers, hiddenSize, heads, keyHeads, headSize, feedForward },
      ...{ vocabSize, positions: limit, windows, taskKinds },
    };
    const types = [...new Set(tensors.map(({ type }) => type))];
    const classifier = await classifierIn(folder, config, pretrained);
    const tokenizerClass = await tokenizerClassOf(folder);
    return {
      json: {
        ...{ format: "model", ...facts, parameters, bytes: size, types, maskable: maskable(config) },
        ...{ tokenizer: { class: tokenizerClass ?? null, size: tokenizer.size }, classifier, notes, tensors },
      },
      text: `${named(id)}: ${named(modelType)} with ${layersText(config)} of hidden size ${hiddenSize}, ${headsText(config)}, feed-forward width ${feedForward}

${table(
  ["", ""],
  [
    ["parameters", grouped(parameters)],
    ["on disk", `${bytes(size)}, ${types.join(", ")}`],
    ["vocabulary", `${grouped(vocabSize)} tokens, ${limit === null ? "any number" : `up to ${limit}`} per example`],
    ["tokenizer", `${grouped(tokenizer.size)} tokens, ${named(tokenizerClass ?? "class not stated")}`],
    ["classifier", classifier ? `${classifier.rows} labels: ${shownLabels(classifier)}` : "none stored"],
    ["maskable weights", grouped(maskable(config))],
    ["masked in the paper's recipe", maskedText(config)],
    ...(windows?.some((window) => window !== null) ? [["attention window", windowsText(windows)]] : []),
    ["kinds of task", taskKinds.join(", ")],
  ],
  [0, 1],
)}${notes.map((note) => `\n${visible(note)}`).join("")}${notes.length ? "\n" : ""}`,
    };
  } finally {
    await pretrained.close();
  }
}

/** "12 layers", of an encoder–decoder "6 encoder and 6 decoder layers", or "12 layers that share the weights of 1 layer". */
function layersText({ layers, encoderLayers, order }: ModelConfig): string {
  if (order && layers === 1) return `1 layer used ${order.length} times,`;
  if (order) return `${order.length} layers that share the weights of ${layers} ${layers === 1 ? "layer" : "layers"}`;
  return encoderLayers === undefined
    ? `${layers} layers`
    : `${encoderLayers} encoder and ${layers - encoderLayers} decoder layers`;
}

/** "9 attention heads", and where they differ from the usual "that share 3 key heads" and "of size 64". */
function headsText({ heads, keyHeads, hiddenSize, headSize }: ModelConfig): string {
  const shared = keyHeads < heads ? ` that share ${keyHeads} key ${keyHeads === 1 ? "head" : "heads"}` : "";
  return `${heads} attention heads${headSize === hiddenSize / heads ? "" : ` of size ${headSize}`}${shared}`;
}

/** "128 tokens in layers 1, 2; all tokens in the others" */
function windowsText(windows: readonly (number | null)[]): string {
  const sizes = [...new Set(windows)].filter((size) => size !== null);
  const parts = sizes.map((size) => {
    const own = [...windows.keys()].filter((layer) => windows[layer] === size);
    return `${size} tokens in ${own.length === windows.length ? "all layers" : `${own.length === 1 ? "layer" : "layers"} ${own.join(", ")}`}`;
  });
  return [...parts, ...(windows.includes(null) ? ["all tokens in the others"] : [])].join("; ");
}

/** "layers 2-11, pooler and classifier", as far as the model has them. */
function maskedText(config: ModelConfig): string {
  const names: Partial<Record<MatrixKind, string>> = { P: "pooler", T: "classifier" };
  const above = kindsOf(config).flatMap((kind) => names[kind] ?? []);
  const layers = defaultLayers(config).replaceAll(",", ", ");
  return [
    `${/^\d+$/.test(layers) ? "layer" : "layers"} ${layers}`,
    ...(above.length ? [above.join(" and ")] : []),
  ].join(", ");
}

/** The number of floating-point values; values that tensors share count once. */
function parametersOf(tensors: ReadonlyMap<string, PretrainedTensor>): number {
  const counted = new Map<string, number>();
  for (const [name, { type, shape, shard, begin }] of tensors)
    if (/^B?F\d/.test(type) && !isConstant(name)) counted.set(`${begin} ${shape.join()} ${shard}`, sizeOf(shape));
  return [...counted.values()].reduce((sum, size) => sum + size, 0);
}

interface StoredClassifier {
  readonly rows: number;
  /** The labels of the rows, from config.json's id2label; null if there are none. */
  readonly labels: readonly string[] | null;
}

/** The classifier stored in the weights, for sequences or for tokens; null if there is none. */
async function classifierIn(
  folder: string,
  config: ModelConfig,
  { tensors }: PretrainedWeights,
): Promise<StoredClassifier | null> {
  const { sequence, token } = namesOf(config);
  const weight = tensors.get(`${sequence.T}.weight`) ?? tensors.get(`${token}.weight`);
  if (weight?.shape.length !== 2) return null;
  const rows = weight.shape[0]!;
  const { id2label } = await readJsonObject(path.join(folder, "config.json"), "repair it");
  const labels = Array.from({ length: rows }, (_, row) => (isJsonObject(id2label) ? id2label[row] : undefined));
  return { rows, labels: labels.every((label) => typeof label === "string") ? labels : null };
}

const SHOWN_LABELS = 10;

function shownLabels({ labels }: StoredClassifier): string {
  if (!labels) return "config.json does not name them";
  const more = labels.length - SHOWN_LABELS;
  return `${labels.slice(0, SHOWN_LABELS).map(named).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** The class that tokenizer_config.json names; undefined if it names none. */
async function tokenizerClassOf(folder: string): Promise<string | undefined> {
  const file = path.join(folder, "tokenizer_config.json");
  if (!(await exists(file))) return undefined;
  const { tokenizer_class: stated } = await readJsonObject(file, "repair it");
  return typeof stated === "string" ? stated : undefined;
}

/** The number of weights in all matrices except the classifier, whose size depends on the task. */
function maskable(config: ModelConfig): number {
  return allMatrices(config, { labels: 1 })
    .filter(({ kind }) => kind !== "T")
    .reduce((sum, { rows, columns }) => sum + rows * columns, 0);
}
