// Imports a mask that another program made: reads it, compares it with its base model, and writes it as a mask file.

import path from "node:path";
import { version } from "../../../package.json";
import { readTask } from "../../data/task.ts";
import { InputError } from "../../errors.ts";
import { adaptationName } from "../../file-name.ts";
import { exists, writeAtomic } from "../../files.ts";
import { type BitMatrix, bitAt, countOnes } from "../../mask/bits.ts";
import { encodeMask } from "../../mask/file.ts";
import type { MaskMetadata } from "../../mask/metadata.ts";
import { sizeOf, sparsityOf, sum } from "../../mask/statistics.ts";
import type { NamedTensor } from "../../mask/stored.ts";
import { isClassifier } from "../../model/names.ts";
import type { PretrainedWeights } from "../../model/pretrained.ts";
import { grouped } from "../../numbers.ts";
import { classifierOf, headingOf } from "../../recipe/recipe.ts";
import { isFloatType } from "../../safetensors.ts";
import { quoted } from "../../visible.ts";
import { type Base, factsOf, openBase } from "../base.ts";
import { UNKNOWN_TASK } from "../read.ts";
import { type Arrays, openArrays } from "./arrays.ts";
import { readMasks, wordsOf } from "./formats.ts";
import { type Sorted, sortedArrays } from "./named.ts";
import { nameIn, type Reading, type ReadMasks, valuesOf, WEIGHT_PARTS } from "./reading.ts";

export interface ImportOptions extends Reading {
  /** A file with masks, scores or weights, or a model folder. */
  readonly file: string;
  /** The folder of the base model. */
  readonly model: string;
  /** The mask to write, NAME.mask.safetensors; it must not exist. */
  readonly output: string;
  /** The task file of the task that the mask was trained for; without it, the mask cannot be evaluated. */
  readonly task?: string | undefined;
}

export interface Imported {
  readonly mask: string;
  readonly format: string;
  /** The number of matrices that the mask covers, and of those in the base model. */
  readonly matrices: number;
  readonly of: number;
  readonly weights: number;
  readonly kept: number;
  readonly sparsity: number;
  /** In sentences: what the file told, and what was taken for granted. */
  readonly known: readonly string[];
  readonly assumed: readonly string[];
  /** Arrays and matrices of the file that the mask does not cover. */
  readonly leftOut: readonly string[];
}

/**
 * Imports a mask. Throws an InputError if the output exists, for a file in none of the formats or that could be in several (naming the
 * option that decides), and for arrays that do not fit the base model.
 */
export async function importMask({ file, model, output, task, ...reading }: ImportOptions): Promise<Imported> {
  if (await exists(output))
    throw new InputError("this file exists already", { file: output }, "choose another name, or delete it first");
  const facts = await taskFacts(task, adaptationName(output));
  const base = await openBase(model);
  try {
    const source = await openArrays(file);
    try {
      if (source.metadata.format === '"mask"')
        throw new InputError("this is a mask of MaskLens already", { file }, "use it as it is");
      const sorted = sortedArrays(source, base.config, facts.heading);
      const read = await readMasks({ source, sorted, base: base.pretrained, reading });
      const masks = read.masks.map(({ matrix, bits }) => ({ ...matrix, name: `${matrix.name}.weight`, bits }));
      const tensors = read.weights === "none" ? [] : await topTensors(source, sorted, base);
      const stored = new Set(tensors.map(({ name }) => name));
      const compared = await comparisonOf(source, sorted, read, base);
      const known = [...source.notes, ...read.known, ...prefixNotes(sorted), ...compared.known];
      const assumed = [...read.assumed, ...compared.assumed, ...facts.assumed];
      if (task !== undefined) assumed.push(...classifierNotes(sorted, tensors, base));
      const metadata: Parameters<typeof encodeMask>[0]["metadata"] = {
        tool: `masklens ${version}`,
        base: await factsOf(
          base,
          read.masks.flatMap(({ matrix }) => (stored.has(`${matrix.name}.weight`) ? [] : matrix)),
        ),
        task: facts.task,
        run: { ...(task !== undefined && { task }), ...(read.isEven && { topK: { scope: "matrix" } }) },
        initial: null,
        seeds: {},
        metrics: {},
        training: { steps: 0 },
        imported: { file: path.basename(file), format: read.format, known, assumed, options: wordsOf(reading) },
      };
      await writeAtomic(output, await encodeMask({ metadata, matrices: masks, tensors }));
      const bits = masks.map((one) => one.bits);
      return {
        ...{ mask: output, format: read.format, matrices: masks.length, of: sorted.all.length },
        ...{ weights: sum(bits, sizeOf), kept: sum(bits, countOnes), sparsity: sparsityOf(bits) },
        ...{ known, assumed, leftOut: read.leftOut ?? [] },
      };
    } finally {
      await source.close();
    }
  } finally {
    await base.pretrained.close();
  }
}

async function taskFacts(file: string | undefined, name: string) {
  if (file === undefined) {
    const task: MaskMetadata["task"] = {
      ...{ name: `unknown task of ${name}`, kind: UNKNOWN_TASK, metric: "", labels: [], dataSha256: {} },
    };
    return { task, heading: {}, assumed: ["The task is unknown, so the mask cannot be evaluated (--task names it)."] };
  }
  const { name: own, kind, metric, labels } = await readTask(path.resolve(file), { trains: false });
  return {
    task: { name: own, kind, metric, labels, dataSha256: {} },
    heading: headingOf(classifierOf(kind, labels.length)),
    assumed: [
      `The mask belongs to the task ${quoted(own)}, and the classifier's rows are its labels in order: ${labels.join(", ")}.`,
    ],
  };
}

const prefixNotes = ({ prefix }: Sorted): string[] =>
  prefix ? [`Names are read without ${quoted(prefix)}, which a wrapper of the model added.`] : [];

/**
 * The tensors above the layers that evaluation reads from the file instead of the base model: the classifier's, and those of a pooler
 * that is another than the base model's. The values of a matrix are those before masking.
 */
async function topTensors(source: Arrays, { matrices, others }: Sorted, { pretrained }: Base): Promise<NamedTensor[]> {
  const tensors: NamedTensor[] = [];
  for (const { matrix, parts } of matrices) {
    const { kind, name, rows, columns, layer } = matrix;
    const weights = nameIn(parts, WEIGHT_PARTS);
    const bias = others.get(`${name}.bias`);
    if (layer !== null || weights === undefined || bias === undefined) continue;
    const pair: NamedTensor[] = [
      { name: `${name}.weight`, shape: [rows, columns], data: (await valuesOf(source, weights, matrix)).data },
      { name: `${name}.bias`, shape: [rows], data: await source.values(bias) },
    ];
    if (pair[1]!.data.length !== rows) continue;
    const isOther = async ({ name, data }: NamedTensor) => (await farthestFrom(pretrained, name, data)) !== 0;
    if (kind === "T" || (await isOther(pair[0]!)) || (await isOther(pair[1]!))) tensors.push(...pair);
  }
  return tensors;
}

/** The largest difference from the base model's tensor where `isKept`; undefined if it has none of this size. */
async function farthestFrom(
  pretrained: PretrainedWeights,
  name: string,
  data: Float32Array,
  isKept: (index: number) => boolean = () => true,
): Promise<number | undefined> {
  if (pretrained.tensors.get(name)?.shape.reduce((size, extent) => size * extent, 1) !== data.length) return undefined;
  const before = await pretrained.readFloat32(name);
  let farthest = 0;
  for (let i = 0; i < data.length; i++)
    if (data[i] !== before[i] && isKept(i)) farthest = Math.max(farthest, Math.abs(data[i]! - before[i]!));
  return farthest;
}

/** Which classifier the mask is evaluated with, if the file has none. */
function classifierNotes({ all }: Sorted, tensors: readonly NamedTensor[], { pretrained }: Base): string[] {
  const name = `${all.find(({ kind }) => kind === "T")!.name}.weight`;
  if (tensors.some((tensor) => tensor.name === name)) return [];
  return [
    pretrained.tensors.has(name)
      ? "The file has no classifier, so the base model's own is used."
      : "The file has no classifier and neither has the base model, so the mask cannot be evaluated.",
  ];
}

/** Whether the tensors in the file are the base model's, apart from the weights that the masks prune and from the classifier. */
async function comparisonOf(
  source: Arrays,
  { matrices, others }: Sorted,
  { masks, weights }: ReadMasks,
  { pretrained, config }: Base,
): Promise<{ readonly known: readonly string[]; readonly assumed: readonly string[] }> {
  if (weights === "compared") return { known: [], assumed: [] };
  const stored = matrices.flatMap(({ matrix, parts }): [string, string, BitMatrix | undefined][] => {
    const array = nameIn(parts, WEIGHT_PARTS);
    const bits = masks.find((mask) => mask.matrix === matrix)?.bits;
    return array === undefined ? [] : [[`${matrix.name}.weight`, array, bits]];
  });
  for (const [name, array] of others) stored.push([name, array, undefined]);
  let [compared, differing, most] = [0, 0, 0];
  for (const [name, array, bits] of weights === "masked" ? stored : []) {
    if (isClassifier(name) || !isFloatType(source.arrays.get(array)!.type) || !pretrained.tensors.has(name)) continue;
    const isKept = bits && ((i: number) => bitAt(bits, Math.floor(i / bits.columns), i % bits.columns));
    const farthest = await farthestFrom(pretrained, name, await source.values(array), isKept);
    if (farthest === undefined) continue;
    compared++;
    differing += Number(farthest > 0);
    most = Math.max(most, farthest);
  }
  if (!compared)
    return {
      known: [],
      assumed: [`The mask was made for the base model ${config.id}; the file has no weights to compare.`],
    };
  return {
    known: [
      differing
        ? `Of the ${grouped(compared)} tensors that the file and the base model have in common, ${grouped(differing)} differ (by up to ${most.toPrecision(3)}), pruned weights and the classifier aside: the mask over the base model is not the file's model, which trained them as well.`
        : `The ${grouped(compared)} tensors that the file and the base model have in common are equal, pruned weights and the classifier aside.`,
    ],
    assumed: [],
  };
}
