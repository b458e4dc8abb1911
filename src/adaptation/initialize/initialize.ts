// A new base model with random weights, in the Hub's layout, whose tokenizer is trained on given texts.

import path from "node:path";
import { readTask } from "../../data/task.ts";
import { decodeText, readBytes } from "../../data/text.ts";
import { InputError } from "../../errors.ts";
import { parseConfig } from "../../model/config.ts";
import { familyOf } from "../../model/families/families.ts";
import { hubName } from "../../model/names.ts";
import { headTensors, modelTensors } from "../../model/tensors.ts";
import { grouped } from "../../numbers.ts";
import { encodeSafetensors } from "../../safetensors.ts";
import { sizeOf } from "../../tensor.ts";
import { drawnTensor } from "../export/drawn.ts";
import { jsonBytes } from "../export/json-file.ts";
import { checkNew, writeNewFolder } from "../export/new-folder.ts";
import { asStored } from "../export/stored.ts";
import { NEW_FAMILIES, type NewFamily, type NewFamilyName, type NewSizes } from "./families.ts";
import { newTokenizer } from "./tokenizer.ts";

export interface InitializeOptions extends Omit<NewSizes, "feedForward" | "keyHeads"> {
  readonly family: NewFamilyName;
  /** Default: the family's. */
  readonly feedForward?: number | undefined;
  /** Default: `heads`. */
  readonly keyHeads?: number | undefined;
  /** What the tokenizer is trained on: the training texts of a task, or a text file. */
  readonly texts: { readonly task: string } | { readonly file: string };
  readonly seed: number;
  /** A new or empty folder. */
  readonly out: string;
}

export interface Initialized {
  readonly folder: string;
  /** The class in transformers that loads the model. */
  readonly architecture: string;
  readonly parameters: number;
  /** The number of tokens, at most as many as asked for. */
  readonly vocabSize: number;
}

/** Their bytes fit in one file. */
const MOST_PARAMETERS = 500_000_000;

/**
 * Writes a model as its class in transformers initializes it: weights from the family's normal distributions, each tensor from a
 * random stream of its own; biases 0, normalizations 1. Throws an InputError for texts that cannot be read, sizes that the model
 * cannot have, and a folder that is neither new nor empty.
 */
export async function initialize(options: InitializeOptions): Promise<Initialized> {
  const { family: name, heads, hiddenSize, seed, out } = options;
  const start: NewFamily = NEW_FAMILIES[name];
  await checkNew(out);
  const tokenizer = newTokenizer(await textsOf(options.texts), options.vocabSize, start.special);
  const { vocabSize } = tokenizer;
  const sizes: NewSizes = {
    ...{ hiddenSize, heads, layers: options.layers, positions: options.positions, vocabSize },
    keyHeads: options.keyHeads ?? heads,
    feedForward: options.feedForward ?? start.feedForward(hiddenSize),
  };
  const json = start.config(sizes);
  const config = parseConfig(json, path.join(out, "config.json"));
  const family = familyOf(config);
  const architecture = `${family.className}${family.languageClass}`;
  const shapes = [...modelTensors(config), ...headTensors(config, { language: true, labels: 0 })];
  const parameters = shapes.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  if (parameters > MOST_PARAMETERS)
    throw new InputError(
      `the model would have ${grouped(parameters)} parameters, over the limit of ${grouped(MOST_PARAMETERS)}`,
      {},
      "choose smaller sizes",
    );
  const tensors = shapes.map(({ name, shape }) => {
    const values = drawnTensor(seed, `initialized ${name}`, shape, start.deviation(name, sizes));
    return { name, type: "F32" as const, shape, bytes: new Uint8Array(values.buffer) };
  });
  const stored = asStored(family, tensors).map((tensor) => ({ ...tensor, name: hubName(family, tensor.name) }));
  await writeNewFolder(
    out,
    new Map<string, Iterable<Uint8Array>>([
      ["tokenizer.json", [jsonBytes(tokenizer.json)]],
      ["tokenizer_config.json", [jsonBytes(tokenizer.config)]],
      ["config.json", [jsonBytes({ architectures: [architecture], ...json, dtype: "float32" })]],
      // Last, so that a folder with weights is complete.
      ["model.safetensors", encodeSafetensors(stored, { format: "pt" })],
    ]),
  );
  return { folder: out, architecture, parameters, vocabSize };
}

async function textsOf(texts: InitializeOptions["texts"]): Promise<string[]> {
  if ("task" in texts) return stringsIn((await readTask(texts.task)).splits.train);
  return [decodeText(await readBytes(texts.file, "choose a text file"), texts.file)];
}

/** The strings in a value: of an example its text, its words, the contents of its messages … */
function stringsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}
