// Exports an adaptation as a complete model in the Hub's layout, for transformers or with its weights in an ONNX file:
// masked weights become zeros, tuned tensors replace the base model's, and the classifier is included with its labels.

import { isLabelled, type LabelledKind, type TaskKind } from "../../data/examples.ts";
import { InputError } from "../../errors.ts";
import { onnxBytes } from "../../graph/onnx.ts";
import { type BitMatrix, bitAt } from "../../mask/bits.ts";
import type { Adaptation } from "../../mask/file.ts";
import { familyOf } from "../../model/families/families.ts";
import type { Family } from "../../model/families/family.ts";
import { allMatrices, hubName, namesOf } from "../../model/names.ts";
import { expectedTensors, headTensors } from "../../model/tensors.ts";
import { pathInside } from "../../own-files.ts";
import { headingOf, readOf, rowNamesOf } from "../../recipe/recipe.ts";
import { encodeSafetensors, type TensorBytes } from "../../safetensors.ts";
import { sizeOf } from "../../tensor.ts";
import type { Base, Places } from "../base.ts";
import { sizesOf } from "../evaluate.ts";
import { readAdaptation, shapeOf } from "../read.ts";
import { adaptedOf, Scorers } from "../scorers.ts";
import { valuesOf } from "./cut.ts";
import { jsonBytes, readJsonToChange } from "./json-file.ts";
import { compareLatency, type Latency } from "./latency.ts";
import { checkNew, writeNewFolder } from "./new-folder.ts";
import { fitsOnnx, type OnnxModel, onnxGraph } from "./onnx.ts";
import { type PrunedModel, prune, type Removal, type WholeModel } from "./prune.ts";
import { asStored } from "./stored.ts";
import { TOKENIZER_CONFIG, tokenizerFiles } from "./tokenizer-files.ts";

/** The formats of the exported weights. */
export const EXPORT_FORMATS = ["safetensors", "onnx"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportOptions extends Places {
  /** A file with a mask or tuned tensors. */
  readonly adaptation: string;
  /** A new or empty folder. */
  readonly out: string;
  /** Default: safetensors. */
  readonly format?: ExportFormat | undefined;
  /** Removes what the weights leave dead, and measures the effect on size and latency. */
  readonly prune?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Exported {
  readonly folder: string;
  /** The size of the weights file. */
  readonly bytes: number;
  /** The class in transformers that loads the model. */
  readonly architecture: string;
  /** Null unless the model was pruned. */
  readonly pruned: PrunedExport | null;
}

/** A number of the whole model and of the pruned one. */
export interface Change {
  readonly before: number;
  readonly after: number;
}

export interface PrunedExport extends Removal {
  readonly parameters: Change;
  /** The size of the weights file, or of the weights if the whole model exceeds the limit of an ONNX file. */
  readonly bytes: Change;
  /** How many of the parameters that are left are 0. */
  readonly zeros: number;
  /** Null if there is nothing to compare: nothing was removed, or the model exceeds the limit of an ONNX file. */
  readonly latency: Latency | null;
}

/** The endings of the classes in transformers that have a classifier for each kind of task. */
const HEADINGS: Record<LabelledKind, string> = {
  sentence: "ForSequenceClassification",
  pair: "ForSequenceClassification",
  tagging: "ForTokenClassification",
  document: "ForTokenClassification",
  choice: "ForMultipleChoice",
};

/**
 * Exports an adaptation to a folder. Throws an InputError for a file that is not an adaptation, a wrong base model, a
 * base model whose tokenizer files are outside its folder, an output folder that is not empty or cannot be written, and
 * a model too large for an ONNX file; a language model is neither written as ONNX nor pruned. Everything is read before the folder is created, and an incomplete folder is
 * removed. If the signal fires before anything is written, throws its reason.
 */
export async function exportModel({
  adaptation: file,
  out,
  format = "safetensors",
  prune: isPruned = false,
  signal,
  ...places
}: ExportOptions): Promise<Exported> {
  const adaptation = await readAdaptation(file, places);
  const scorers = new Scorers(places, "cpu");
  try {
    const base = await scorers.base(adaptation);
    const family = familyOf(base.config);
    const { classifier, pooling, words, additions } = shapeOf(adaptation);
    if (additions)
      throw new InputError(
        "it adds parameters to its base model, for which an exported model has no place",
        { file },
        "use it with masklens predict, or train without them",
      );
    const reads = readOf({ classifier, pooling }, base.config);
    const isOwn = reads === readOf({ classifier }, base.config) || (family.config.pooling && reads !== "last");
    const architecture = architectureOf(adaptation, family);
    if (format === "safetensors" && (!isOwn || words))
      throw new InputError(
        words
          ? "its classifier is the head of the masked language model, which no classifier of transformers has"
          : `its classifier reads ${reads === "mean" ? "the mean of all tokens" : `the ${reads} token`}, which ${architecture} of transformers does not`,
        { file },
        "export it as ONNX (--format onnx)",
      );
    if (classifier === "language" && (format === "onnx" || isPruned))
      throw new InputError(
        isPruned ? "dead parts of a language model cannot be removed" : "a language model cannot be exported as ONNX",
        { file },
        isPruned ? "export it without --prune" : "export it as safetensors",
      );
    await checkNew(out); // before the work starts, and again when the folder is created
    const files = new Map<string, Iterable<Uint8Array>>(await tokenizerFiles(base.folder));
    if (family.prefixSpace && adaptation.metadata.task.kind === "tagging")
      files.set(TOKENIZER_CONFIG, [jsonBytes(await withPrefixSpace(base.folder, files.has(TOKENIZER_CONFIG)))]);
    const whole: WholeModel = { config: base.config, tensors: await tensorsOf(adaptation, base, signal) };
    const sizes = format === "onnx" ? "layer" : "model";
    const less = isPruned ? prune(whole, headingOf(shapeOf(adaptation)), sizes) : undefined;
    const chunks = chunksOf(adaptation, less ?? whole, format);
    const pruned = less ? await changesOf(adaptation, whole, less, chunks, format, signal) : null;
    files.set("config.json", [jsonBytes(await configOf(adaptation, base, less ?? whole, architecture))]);
    // Last, so that a folder with weights is complete.
    files.set(format === "onnx" ? "model.onnx" : "model.safetensors", chunks);
    await writeNewFolder(out, files);
    return { folder: out, bytes: lengthOf(chunks), architecture, pruned };
  } finally {
    await scorers.release();
  }
}

/** The weights file. */
function chunksOf(adaptation: Adaptation, model: WholeModel, format: ExportFormat): Uint8Array[] {
  if (format === "safetensors") {
    const family = familyOf(model.config);
    const stored = asStored(family, model.tensors);
    const named = stored.map((tensor) => ({ ...tensor, name: hubName(family, tensor.name) }));
    return encodeSafetensors(named, { format: "pt" });
  }
  if (fitsOnnx(4 * parametersOf(model))) return [onnxBytes(onnxGraph(onnxOf(adaptation, model)))];
  throw new InputError(
    "the model's weights exceed the 2 GiB limit of an ONNX file",
    { file: adaptation.file },
    "export it as safetensors",
  );
}

const lengthOf = (chunks: readonly Uint8Array[]) => chunks.reduce((sum, { length }) => sum + length, 0);

const parametersOf = ({ tensors }: WholeModel) => tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0);

function onnxOf(adaptation: Adaptation, { config, tensors }: WholeModel): OnnxModel {
  const weights = new Map(tensors.map((tensor) => [tensor.name, valuesOf(tensor)]));
  const { maxLength: length } = sizesOf(adaptation, config.positions);
  return { ...shapeOf(adaptation), config, length, weights };
}

/** `chunks`: the file of the pruned model. */
async function changesOf(
  adaptation: Adaptation,
  whole: WholeModel,
  less: PrunedModel,
  chunks: readonly Uint8Array[],
  format: ExportFormat,
  signal: AbortSignal | undefined,
): Promise<PrunedExport> {
  const parameters: Change = { before: parametersOf(whole), after: parametersOf(less) };
  const isWritable = fitsOnnx(4 * parameters.before);
  const isComparable = isWritable && parameters.after < parameters.before;
  return {
    ...less.removal,
    parameters,
    bytes:
      format === "onnx" && !isWritable
        ? { before: 4 * parameters.before, after: 4 * parameters.after }
        : { before: lengthOf(chunksOf(adaptation, whole, format)), after: lengthOf(chunks) },
    zeros: less.tensors.reduce((sum, tensor) => sum + valuesOf(tensor).data.filter((value) => value === 0).length, 0),
    latency: isComparable
      ? await compareLatency([() => onnxOf(adaptation, whole), () => onnxOf(adaptation, less)], undefined, signal)
      : null,
  };
}

function architectureOf({ metadata, file }: Adaptation, family: Family): string {
  const { className, multipleChoice, languageClass } = family;
  const kind = metadata.task.kind as TaskKind;
  if (!isLabelled(kind)) return className + languageClass!;
  if (kind === "choice" && !multipleChoice)
    throw new InputError(
      `transformers has no multiple-choice model with this classifier for ${className}`,
      { file },
      "export an adaptation for another kind of task",
    );
  return className + HEADINGS[kind];
}

/** The model's tensors, in the base model's types. */
async function tensorsOf(adaptation: Adaptation, base: Base, signal: AbortSignal | undefined): Promise<TensorBytes[]> {
  const { config, pretrained } = base;
  const heading = headingOf(shapeOf(adaptation));
  const matrices = allMatrices(config, heading);
  const adapted = await adaptedOf(adaptation, base, matrices);
  const bits = new Map(adapted.matrices.map((matrix) => [`${matrix.name}.weight`, matrix.bits]));
  const own = new Map(adapted.tensors.map((tensor) => [tensor.name, tensor]));
  const { P, norm } = namesOf(config).sequence;
  const isTop = (name: string) => [P, norm].some((module) => module !== undefined && name.startsWith(`${module}.`));
  const names = new Set([
    ...[...expectedTensors(config).keys()].filter((name) => !isTop(name)),
    ...headTensors(config, heading).map(({ name }) => name),
  ]);
  const tensors: TensorBytes[] = [];
  for (const name of names) {
    signal?.throwIfAborted();
    const values = own.get(name);
    const stored = pretrained.tensors.get(name);
    if (!values && !stored) continue; // biases of logits, which transformers then sets to 0
    const tensor: TensorBytes = values
      ? {
          name,
          type: "F32",
          shape: values.shape,
          bytes: new Uint8Array(values.data.buffer, values.data.byteOffset, values.data.byteLength).slice(),
        }
      : {
          name,
          type: stored!.type,
          shape: stored!.shape,
          bytes: await pretrained.readRaw(name),
        };
    const mask = bits.get(name);
    if (mask) clearOff(tensor.bytes, mask);
    tensors.push(tensor);
  }
  return tensors;
}

/** Sets pruned weights to zero, which is all zero bytes in every float type. */
function clearOff(bytes: Uint8Array, mask: BitMatrix): void {
  const width = bytes.length / (mask.rows * mask.columns);
  for (let row = 0; row < mask.rows; row++)
    for (let column = 0; column < mask.columns; column++) {
      const at = (row * mask.columns + column) * width;
      if (!bitAt(mask, row, column)) bytes.fill(0, at, at + width);
    }
}

async function configOf(
  adaptation: Adaptation,
  { folder }: Base,
  model: WholeModel,
  architecture: string,
): Promise<object> {
  const remedy = "choose a model folder in the Hub's layout";
  const config = await readJsonToChange(await pathInside(folder, "config.json", remedy), remedy);
  const { kind, labels: own } = adaptation.metadata.task;
  const { keys, pooling: key } = familyOf(model.config).config;
  const { pooling } = shapeOf(adaptation);
  const labels = rowNamesOf({ kind: kind as TaskKind, labels: own });
  const { torch_dtype: _, ...rest } = config;
  return {
    ...rest,
    [keys.feedForward]: model.config.feedForward,
    ...(key && pooling && { [key]: pooling === "mean" ? "mean" : "cls" }),
    architectures: [architecture],
    // So that transformers, like MaskLens, computes in 32 bits even if the weights are stored in 16.
    dtype: "float32",
    ...(labels.length && {
      id2label: Object.fromEntries(labels.map((label, i) => [i, label])),
      label2id: Object.fromEntries(labels.map((label, i) => [label, i])),
    }),
  };
}

/**
 * The tokenizer's config with add_prefix_space set, so that transformers tokenizes each word with a space before it, as
 * in training. Otherwise, depending on its version, transformers refuses lists of words or tokenizes the first word
 * differently.
 */
async function withPrefixSpace(folder: string, isThere: boolean): Promise<object> {
  const remedy = `repair the base model's ${TOKENIZER_CONFIG}`;
  const given = isThere ? await readJsonToChange(await pathInside(folder, TOKENIZER_CONFIG, remedy), remedy) : {};
  return { ...given, add_prefix_space: true };
}
