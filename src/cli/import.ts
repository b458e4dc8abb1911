// masklens import: turns the masks of other programs into mask files.

import path from "node:path";
import { type Imported, importMask } from "../adaptation/imports/import.ts";
import { nameOfImport } from "../adaptation/imports/name.ts";
import { OVER, PRUNING_METHODS, type Reading } from "../adaptation/imports/reading.ts";
import { InputError } from "../errors.ts";
import { grouped } from "../numbers.ts";
import { type Command, JSON_FLAG } from "./command.ts";
import { adaptationOutOf, numberOf, oneOf } from "./flag-values.ts";
import { percent } from "./tables/table.ts";
import { print, printJson, wrap } from "./terminal.ts";
import { shorter } from "./train.ts";

const ENDING = ".mask.safetensors";

/** The flags that decide how a file is read. */
const READING = {
  threshold: {
    value: "X",
    explanation:
      "what scores must exceed (maskbert; default 0.01), or movement pruning's final threshold, for topK and magnitude the share kept",
  },
  "pruning-method": {
    value: "METHOD",
    explanation: `how movement pruning's scores become a mask: ${PRUNING_METHODS.join(", ")}`,
  },
  zeros: { explanation: "FILE is a pruned model: its exact zeros are the pruned weights" },
  moved: {
    value: "SHARE",
    explanation: "FILE is a finetuned model: keep this share of weights, those that moved most",
  },
  over: { value: "SCOPE", explanation: "whether --moved is a share of each matrix (default) or of the whole model" },
  invert: { explanation: "in a file of zeros and ones, 1 means pruned" },
} as const;

export const command: Command = {
  summary: "turn a mask of another program, or a pruned model, into a mask file",
  usage: ["import FILE --model DIR [--out NAME.mask.safetensors] [--task FILE]"],
  about:
    "Reads maskbert's scores (weight_mask), masks of torch.nn.utils.prune (weight_orig, weight_mask), movement pruning's mask_scores, SMP's packed bits, and zeros and ones named like the weights, in files of safetensors, torch.save (read without running code) or numpy; or makes a mask of a pruned or finetuned model. The format is recognized by names and values; where they leave open what a file means, the error names the flag that decides. It prints what was read from the file and what was taken for granted, and which arrays were left out. Imported masks have no initial mask, so what training changed in them is unknown.",
  flags: {
    model: { value: "DIR", explanation: "folder of the base model that the mask belongs to" },
    out: {
      value: "FILE",
      explanation: "the file to write (default: NAME.mask.safetensors in this folder); it must not exist",
    },
    task: {
      value: "FILE",
      explanation: "the task it was made for, so that it can be evaluated if FILE has a classifier",
    },
    ...READING,
    json: JSON_FLAG,
  },
  examples: [
    ["masklens import mnli_0.50_kd_mag.npy --model models/bert-base-uncased", "SMP's released masks"],
    [
      "masklens import pytorch_model.bin --model models/bert-base-uncased --pruning-method topK --threshold 0.15",
      "a checkpoint of movement pruning that keeps 15 % of the weights",
    ],
    [
      "masklens import models/pruned --model models/bert-base-uncased --zeros --task sst2.task.json",
      "the zeros of a pruned model, with its classifier",
    ],
  ],
  async run({ given, positionals }, terminal) {
    const [file, ...more] = positionals;
    if (file === undefined || more.length)
      throw new InputError("import takes one file or model folder", {}, "run masklens import FILE --model DIR");
    const model = given.get("model");
    if (model === undefined) throw new InputError("no base model is specified", { at: "--model" }, "write --model DIR");
    const out = await adaptationOutOf(given, ENDING, nameOfImport(file) + ENDING);
    const task = given.get("task");
    const imported = await importMask({
      ...{ file: path.resolve(file), model: path.resolve(model), output: out },
      ...{ task: task === undefined ? undefined : path.resolve(task) },
      ...readingOf(given),
    });
    if (given.has("json")) return printJson(terminal, imported);
    print(terminal.out, textOf(imported));
  },
};

function readingOf(given: ReadonlyMap<string, string>): Reading {
  return {
    threshold: numberOf("threshold", given, { above: -Infinity, most: Infinity, example: "0.01" }),
    moved: numberOf("moved", given, { above: 0, most: 1, example: "0.05" }),
    pruningMethod: given.has("pruning-method") ? oneOf(PRUNING_METHODS, "pruning-method", given) : undefined,
    over: given.has("over") ? oneOf(OVER, "over", given) : undefined,
    ...{ zeros: given.has("zeros"), invert: given.has("invert") },
  };
}

/** The most names of left-out arrays that are printed; --json has all. */
const NAMED = 5;
const WIDTH = 100;

function textOf({ mask, format, matrices, of, weights, kept, sparsity, known, assumed, leftOut }: Imported): string {
  const listed = (title: string, lines: readonly string[]) =>
    lines.length ? `\n${title}\n${lines.map((line) => item(line)).join("")}` : "";
  const more = leftOut.length - NAMED;
  const names = `${leftOut.slice(0, NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  return `${shorter(mask)}: ${format}, ${matrices} of ${of} matrices, ${grouped(kept)} of ${grouped(weights)} weights kept, sparsity ${percent(sparsity, 2)} %
${listed("Read from the file:", known)}${listed("Taken for granted:", assumed)}${leftOut.length ? `\nLeft out: ${names}\n` : ""}
inspect it: masklens info ${shorter(mask)}
`;
}

const item = (text: string): string =>
  wrap(`- ${text}`, WIDTH)
    .map((line, i) => `${i ? "  " : ""}${line}\n`)
    .join("");
