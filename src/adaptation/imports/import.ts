// Imports a mask that another program made: reads it, compares it with its base model, and writes it as a mask file.

import path from "node:path";
import { version } from "../../../package.json";
import { count } from "../../data/table.ts";
import { readTask, type TaskKind } from "../../data/task.ts";
import { InputError } from "../../errors.ts";
import { adaptationName } from "../../file-name.ts";
import { requireFree, writeAtomic } from "../../files.ts";
import { type BitMatrix, bitAt, countOnes } from "../../mask/bits.ts";
import { decodeMask, encodeMask } from "../../mask/file.ts";
import type { MaskMetadata, TaskFacts } from "../../mask/metadata.ts";
import { sizeOf, sparsityOf, sum } from "../../mask/statistics.ts";
import type { NamedTensor } from "../../mask/stored.ts";
import { isClassifier, type Matrix } from "../../model/names.ts";
import { listed, type PretrainedWeights } from "../../model/weights/pretrained.ts";
import { grouped } from "../../numbers.ts";
import { classifierOf, headingOf, rowNamesOf } from "../../recipe/recipe.ts";
import { isFloatType } from "../../safetensors.ts";
import { sizeOf as elementsOf } from "../../tensor.ts";
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
  readonly signal?: AbortSignal | undefined;
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
  /** In sentences: what was read from the file, and what was taken for granted. */
  readonly known: readonly string[];
  readonly assumed: readonly string[];
  /** Arrays and matrices of the file that the mask does not cover. */
  readonly leftOut: readonly string[];
}

/**
 * Imports a mask. Throws an InputError if the output exists, for a file in none of the formats or that could be in several (naming the
 * option that decides), and for arrays that do not fit the base model or the task. If the signal fires before the file is written,
 * throws its reason.
 */
export async function importMask({ file, model, output, task, signal, ...reading }: ImportOptions): Promise<Imported> {
  await requireFree(output);
  const facts = await taskFacts(task, adaptationName(output));
  const base = await openBase(model);
  try {
    const source = await openArrays(file, signal);
    try {
      if (source.metadata.format === '"mask"')
        throw new InputError("this is a mask of MaskLens already", { file }, "use it as it is");
      const sorted = sortedArrays(source, base.config, facts.heading);
      if (task !== undefined) checkRows(source, sorted, facts.task, base);
      const read = await readMasks({ source, sorted, base, reading });
      const masks = read.masks.map(({ matrix, bits }) => ({ ...matrix, name: `${matrix.name}.weight`, bits }));
      const { tensors, unused } =
        read.weights === "none" ? { tensors: [], unused: [] } : await topTensors(source, sorted, base);
      const stored = new Set(tensors.map(({ name }) => name));
      const compared = await comparisonOf(source, sorted, read, base);
      const known = [...source.notes, ...read.known, ...prefixNotes(sorted), ...compared.known];
      const assumed = [...read.assumed, ...compared.assumed, ...facts.assumed];
      if (task !== undefined) assumed.push(...topNotes(sorted, tensors, unused, facts.task, base));
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
      const chunks = await encodeMask({ metadata, matrices: masks, tensors });
      await decodeMask(Buffer.concat(chunks), output); // so that nothing is written that is refused later
      signal?.throwIfAborted();
      await writeAtomic(output, chunks);
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
    assumed: [`The mask belongs to the task ${quoted(own)}.`],
  };
}

const rowsOf = ({ kind, labels }: TaskFacts): readonly string[] => rowNamesOf({ kind: kind as TaskKind, labels });

const classifierIn = (matrices: readonly Matrix[]): Matrix | undefined => matrices.find(({ kind }) => kind === "T");

/** Throws an InputError if the classifier, the file's or else the base model's, has not as many rows as the task needs. */
function checkRows({ file }: Arrays, { all, matrices }: Sorted, task: TaskFacts, { folder, pretrained }: Base): void {
  const own = classifierIn(matrices.map(({ matrix }) => matrix));
  const rows = own?.rows ?? pretrained.tensors.get(`${classifierIn(all)!.name}.weight`)?.shape[0];
  const needed = rowsOf(task).length;
  if (rows === undefined || rows === needed) return;
  throw new InputError(
    `its classifier has ${count(rows, "row")}, but the task ${quoted(task.name)} needs ${needed}`,
    { file: own ? file : folder },
    "choose the task that it was made for with --task",
  );
}

const prefixNotes = ({ prefix }: Sorted): string[] =>
  prefix ? [`Names are read without ${quoted(prefix)}, which a wrapper of the model added.`] : [];

/**
 * The tensors above the layers that evaluation reads from the file instead of the base model: the classifier's, and those of a pooler
 * that is another than the base model's. The values of a matrix are those before masking. `unused`: the matrices that would be among
 * them, but have no bias. Throws an InputError for values that are not finite and for a bias of the wrong length.
 */
async function topTensors(source: Arrays, { matrices, others }: Sorted, { pretrained }: Base) {
  const tensors: NamedTensor[] = [];
  const unused: Matrix[] = [];
  const isOther = async ({ name, data }: NamedTensor) => (await farthestFrom(pretrained, name, data)) !== 0;
  for (const { matrix, parts } of matrices) {
    const { kind, name, rows, columns, layer } = matrix;
    const weights = nameIn(parts, WEIGHT_PARTS);
    if (layer !== null || weights === undefined) continue;
    const { data } = await valuesOf(source, weights, matrix);
    const weight = finite(source, weights, { name: `${name}.weight`, shape: [rows, columns], data });
    const bias = await biasOf(source, others, matrix);
    if (kind !== "T" && !(await isOther(weight)) && !(bias && (await isOther(bias)))) continue;
    if (bias) tensors.push(weight, bias);
    else unused.push(matrix);
  }
  return { tensors, unused };
}

/** The bias of a module, masked if torch.nn.utils.prune pruned it; undefined if the file has none. */
async function biasOf(
  source: Arrays,
  others: Sorted["others"],
  { name, rows }: Matrix,
): Promise<NamedTensor | undefined> {
  const [bias, original, mask] = ["bias", "bias_orig", "bias_mask"].map((part) => others.get(`${name}.${part}`));
  const read = async (array: string) => {
    const { shape, file } = source.arrays.get(array)!;
    if (shape.join() === `${rows}`)
      return finite(source, array, { name: `${name}.bias`, shape, data: await source.values(array) });
    throw new InputError(
      `its shape is [${shape.join(", ")}], but ${name} has ${count(rows, "row")}`,
      { file, at: `tensor ${array}` },
      "save it again: it is damaged",
    );
  };
  if (bias !== undefined) return read(bias);
  if (original === undefined || mask === undefined) return undefined;
  const [whole, { data: kept }] = [await read(original), await read(mask)];
  return { ...whole, data: whole.data.map((value, i) => value * kept[i]!) };
}

function finite({ arrays }: Arrays, array: string, tensor: NamedTensor): NamedTensor {
  const bad = tensor.data.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return tensor;
  throw new InputError(
    `value ${bad} is ${tensor.data[bad]} in float32`,
    { file: arrays.get(array)!.file, at: `tensor ${array}` },
    "save it again: it is damaged",
  );
}

/** The largest difference from the base model's tensor where `isKept`; undefined if it has none of this size. */
async function farthestFrom(
  pretrained: PretrainedWeights,
  name: string,
  data: Float32Array,
  isKept: (index: number) => boolean = () => true,
): Promise<number | undefined> {
  const shape = pretrained.tensors.get(name)?.shape;
  if (!shape || elementsOf(shape) !== data.length) return undefined;
  const before = await pretrained.readFloat32(name);
  let farthest = 0;
  for (let i = 0; i < data.length; i++)
    if (data[i] !== before[i] && isKept(i)) farthest = Math.max(farthest, Math.abs(data[i]! - before[i]!));
  return farthest;
}

/** What the mask is evaluated with above the layers. */
function topNotes(
  { all }: Sorted,
  tensors: readonly NamedTensor[],
  unused: readonly Matrix[],
  task: TaskFacts,
  { pretrained }: Base,
): string[] {
  const classifier = classifierIn(all)!;
  const name = `${classifier.name}.weight`;
  const isOwn = tensors.some((tensor) => tensor.name === name);
  const rows = rowsOf(task);
  const notes = unused
    .filter(({ kind }) => kind !== "T")
    .map((matrix) => `The file's ${matrix.name} has no bias and is not used.`);
  if (!isOwn) {
    const lack = unused.includes(classifier) ? "The file's classifier has no bias" : "The file has no classifier";
    if (!pretrained.tensors.has(name))
      return [...notes, `${lack} and the base model has none, so the mask cannot be evaluated.`];
    notes.push(`${lack}, so the base model's own is used.`);
  }
  if (rows.length > 1) notes.push(`The classifier's rows are the task's labels in order: ${listed(rows)}.`);
  return notes;
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
