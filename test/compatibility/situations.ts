// Situations that users meet, tried with the current code: models, tokenizers, data files and labels, each as a small
// folder.

import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { openBase } from "../../src/adaptation/base.ts";
import { readTask } from "../../src/data/task.ts";
import { DEFAULT_CLASSES, PYTHON_ONLY_CLASSES, TOKENIZER_CLASSES } from "../../src/data/tokenizer/classes.ts";
import { InputError } from "../../src/errors.ts";
import { parseConfig } from "../../src/model/config.ts";
import { MODEL_TYPES } from "../../src/model/families/families.ts";

/** A folder's files by name; undefined leaves one out. */
type Files = Readonly<Record<string, string | Uint8Array | undefined>>;

/** A situation and its outcome: the notes, or the error. */
export interface Outcome {
  readonly what: string;
  readonly read: boolean;
  readonly said: readonly string[];
}

interface Situation {
  readonly what: string;
  /** Returns the notes if it is supported; throws an InputError otherwise. */
  readonly met: (home: string) => readonly string[] | Promise<readonly string[]>;
}

const MODELS = "test/fixtures/models";
const FAMILIES = "test/fixtures/families";
const json = (file: string) => JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;

/** A tiny model with some of its files replaced or, if undefined, left out. */
const model = (what: string, from: string, files: Files): Situation => ({
  what,
  met: async (home) => {
    for (const name of ["config.json", "model.safetensors", "tokenizer.json", "vocab.txt"])
      if (existsSync(path.join(MODELS, from, name))) cpSync(path.join(MODELS, from, name), path.join(home, name));
    for (const [name, content] of Object.entries(files))
      if (content === undefined) rmSync(path.join(home, name), { force: true });
      else writeFileSync(path.join(home, name), content);
    const base = await openBase(home);
    await base.pretrained.close();
    return base.notes;
  },
});

const withConfig = (what: string, changed: object, from = path.join(MODELS, "tiny-bert")): Situation => ({
  what,
  met: () => {
    parseConfig({ ...json(path.join(from, "config.json")), ...changed }, "config.json");
    return [];
  },
});

/** A tiny model of each type. */
const TINY: ReadonlyMap<unknown, string> = new Map(
  [MODELS, FAMILIES]
    .flatMap((home) => readdirSync(home).map((name) => path.join(home, name)))
    .filter((folder) => path.basename(folder).startsWith("tiny-") && existsSync(path.join(folder, "config.json")))
    .map((folder) => [json(path.join(folder, "config.json")).model_type, folder]),
);

/** A task over these files; `train` is the training file. */
const data = (
  what: string,
  keys: Record<string, unknown>,
  files: Files,
  train = Object.keys(files)[0]!,
): Situation => ({
  what,
  met: async (home) => {
    for (const [name, content] of Object.entries(files)) writeFileSync(path.join(home, name), content!);
    const task = { kind: "sentence", files: { train }, ...keys };
    writeFileSync(path.join(home, "a.task.json"), JSON.stringify(task));
    return (await readTask(path.join(home, "a.task.json"), { trains: false })).notes;
  },
});

/** A CSV of texts with these labels. */
const labels = (what: string, once: readonly (string | number)[], keys: Record<string, unknown> = {}): Situation => {
  const values = Array.from({ length: 60 }, (_, i) => once[i % once.length]!);
  return data(what, keys, {
    "train.csv": `text,label\n${values.map((value, i) => `text ${i},${value}`).join("\n")}\n`,
  });
};

/** Enough examples for each split to have both labels. */
const MANY = Array.from({ length: 60 }, (_, i) => i);
const csv = (separator: string, end = "\n") =>
  ["text,label", ...MANY.map((i) => `t${i},${i % 2 ? "yes" : "no"}`), ""].join(end).replaceAll(",", separator);
const rows = MANY.map((i) => ({ text: `t${i}`, label: i % 2 ? "yes" : "no" }));
const vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "good", "film"].join("\n");
const withClass = (name: string) => JSON.stringify({ tokenizer_class: name });
const conllu = [
  "# text = Er geht",
  "1\tEr\ter\tPRON\t_\t_\t2\tnsubj\t_\t_",
  "2-3\tzum\t_\t_\t_\t_\t_\t_\t_\t_",
  "2\tzu\tzu\tADP\t_\t_\t0\troot\t_\t_",
  "3\tdem\tder\tDET\t_\t_\t2\tdet\t_\t_",
  "",
  "",
]
  .join("\n")
  .repeat(4);

/** By heading on the page. */
export const SITUATIONS: Readonly<Record<string, readonly Situation[]>> = {
  "Model types": [
    ...Object.keys(MODEL_TYPES).map((type) => withConfig(`\`"model_type": "${type}"\``, {}, TINY.get(type))),
    ...["mixtral", "qwen3-moe", "mamba"].map((name) =>
      withConfig(`\`"model_type": "${name.replace("-", "_")}"\``, {}, path.join(FAMILIES, "refused", name)),
    ),
    ...["bitsandbytes", "gptq"].map((name) =>
      withConfig(`weights quantized by ${name}`, {}, path.join(FAMILIES, "refused", name)),
    ),
    withConfig("relative positions", { position_embedding_type: "relative_key" }),
    withConfig("a decoder", { is_decoder: true }),
    withConfig("quantized weights", { quantization_config: { bits: 4 } }),
    withConfig("an unknown activation", { hidden_act: "laplace" }),
  ],
  Weights: [
    model("`model.safetensors`", "tiny-bert", {}),
    model("`pytorch_model.bin`, written by current torch.save", "../torch", {
      "model.safetensors": undefined,
      "pytorch_model.bin": readFileSync("test/fixtures/torch/zip.bin"),
    }),
    model("`pytorch_model.bin`, written by torch.save before version 1.6", "../torch", {
      "model.safetensors": undefined,
      "pytorch_model.bin": readFileSync("test/fixtures/torch/legacy.bin"),
    }),
    model("a folder without weights", "tiny-bert", { "model.safetensors": undefined }),
    model("TensorFlow's weights", "tiny-bert", { "model.safetensors": undefined, "tf_model.h5": "\x89HDF" }),
    model("a git-lfs pointer", "tiny-bert", {
      "model.safetensors": "version https://git-lfs.github.com/spec/v1\noid sha256:4b5b\nsize 31036928\n",
    }),
    model("a config with more layers than the weights", "tiny-bert", {
      "config.json": JSON.stringify({ ...json(`${MODELS}/tiny-bert/config.json`), num_hidden_layers: 4 }),
    }),
    model("a config with fewer layers than the weights", "tiny-bert", {
      "config.json": JSON.stringify({ ...json(`${MODELS}/tiny-bert/config.json`), num_hidden_layers: 2 }),
    }),
  ],
  "Tokenizer files": [
    model("`tokenizer.json`", "tiny-bert", {}),
    model("`vocab.txt` alone (WordPiece)", "tiny-bert", { "tokenizer.json": undefined, "vocab.txt": vocabulary }),
    model("`vocab.txt` and `added_tokens.json`", "tiny-bert", {
      "tokenizer.json": undefined,
      "vocab.txt": vocabulary,
      "added_tokens.json": JSON.stringify({ "[E1]": 8 }),
    }),
    model("no tokenizer", "tiny-bert", { "tokenizer.json": undefined }),
    model("`sentencepiece.bpe.model` without `tokenizer.json`", "tiny-roberta", {
      "tokenizer.json": undefined,
      "sentencepiece.bpe.model": "x",
    }),
    model("`bpe.codes` (fastBPE)", "tiny-roberta", {
      "tokenizer.json": undefined,
      "bpe.codes": "a b\n",
      "vocab.txt": "a 1\n",
    }),
    model("ids beyond the model's embedding", "tiny-bert", {
      "tokenizer.json": undefined,
      "vocab.txt": [...vocabulary.split("\n"), ...Array.from({ length: 300 }, (_, i) => `w${i}`)].join("\n"),
    }),
  ],
  "Tokenizer classes": [
    ...Object.keys(PYTHON_ONLY_CLASSES)
      .concat("XLNetTokenizer", "BigBirdTokenizer", "PegasusTokenizer")
      .map((name) => model(`\`${name}\``, "tiny-bert", { "tokenizer_config.json": withClass(name) })),
  ],
  "Data files": [
    data("CSV", {}, { "train.csv": csv(",") }),
    data("CSV with `;`", {}, { "train.csv": csv(";") }),
    data("CSV with `|`", {}, { "train.csv": csv("|") }),
    data("tabs in a `.csv`", {}, { "train.csv": csv("\t") }),
    data("lone carriage returns as line ends", {}, { "train.csv": csv(",", "\r") }),
    data("UTF-16 with a byte-order mark", {}, { "train.csv": Buffer.from(`\uFEFF${csv(",")}`, "utf16le") }),
    data("UTF-16 without a byte-order mark", {}, { "train.csv": Buffer.from(csv(","), "utf16le") }),
    data("gzip", {}, { "train.csv.gz": gzipSync(csv(",")) }),
    data("TSV", {}, { "train.tsv": csv("\t") }),
    data(
      "GLUE's TSV, where quotes are ordinary characters",
      { format: "glue" },
      { "train.tsv": csv("\t").replace("t1", 'a "t1') },
    ),
    data("JSON lines", {}, { "train.jsonl": rows.map((row) => JSON.stringify(row)).join("\n") }),
    data("a JSON array", {}, { "train.json": JSON.stringify(rows) }),
    data(
      "Parquet",
      { columns: { label: "label" } },
      { "train.parquet": readFileSync("test/fixtures/data/sentences.parquet") },
    ),
    data(
      "nested columns, by dotted name",
      { columns: { text: "data.text" } },
      { "train.jsonl": rows.map(({ text, label }) => JSON.stringify({ data: { text }, label })).join("\n") },
    ),
    data(
      "CoNLL",
      { kind: "tagging" },
      { "train.conll": "-DOCSTART- O\n\nEU B-ORG\nrejects O\n\nPeter B-PER\n\n".repeat(4) },
    ),
    data("CoNLL-U", { kind: "tagging" }, { "train.conllu": conllu }),
    data("an Excel workbook", { format: "csv" }, { "train.xlsx": "PK\x03\x04[Content_Types].xml xl/workbook.xml" }),
    data("an Arrow file", { format: "csv" }, { "train.arrow": "ARROW1\0\0" }),
    data("Zstandard", { format: "csv" }, { "train.csv.zst": Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0]) }),
    data("UTF-32", {}, { "train.csv": Buffer.from([0xff, 0xfe, 0, 0, 0x74, 0, 0, 0]) }),
    data('Latin-1 without `"encoding"`', {}, { "train.csv": Buffer.from(csv(",").replace("t1", "é"), "latin1") }),
    data("a duplicate column name", {}, { "train.csv": csv(",").replace("text,label", "label,label") }),
    data("a row with the wrong number of columns", {}, { "train.csv": csv(",").replace("t1,yes", "t1,yes,more") }),
    data('the same with `"skip": true`', { skip: true }, { "train.csv": csv(",").replace("t1,yes", "t1,yes,more") }),
  ],
  Labels: [
    labels("names", ["no", "yes", "no", "yes"]),
    labels("numbers from 0", [0, 1, 2, 0, 1, 2]),
    labels("-1 and 1", [-1, 1, -1, 1]),
    labels("whitespace around a label", ["no", " yes", "no", "yes"]),
    labels("labels that differ only by case", ["No", "yes", "no", "yes"]),
    data("a list of labels (multi-label)", {}, { "train.jsonl": '{"text":"a","label":["x","y"]}\n' }),
    labels("-1 among 0 and 1", [0, 1, -1, 0, 1]),
    labels('the same with `"skip": true`', [0, 1, -1, 0, 1], { skip: true }),
    labels('the same with `"labels"`', [0, 1, -1, 0, 1], { labels: ["-1", "0", "1"] }),
    labels("`-` among other labels", ["neutral", "entailment", "-", "neutral", "entailment"]),
    labels("an empty label", ["neutral", "entailment", "", "neutral", "entailment"]),
    labels("fractional numbers", [0.5, 1.2, 3.8, 0.5]),
    labels(
      "more than 20 different numbers",
      Array.from({ length: 60 }, (_, i) => i % 30),
    ),
    labels("only one label", ["yes", "yes", "yes"]),
    labels("one label for over 90 % of the examples", [...Array(14).fill("no"), "yes"]),
    data(
      "`entityF1` with numbered tags",
      { kind: "tagging", metric: "entityF1" },
      { "train.jsonl": '{"words":["EU","x"],"tags":[1,0]}\n{"words":["a","b"],"tags":[0,2]}\n'.repeat(4) },
    ),
    data(
      "a label in the test file but not in the training file",
      { files: { train: "train.csv", test: "test.csv" } },
      { "train.csv": csv(","), "test.csv": "text,label\nt,maybe\n" },
    ),
  ],
};

/** Tries all situations, each in its own folder, whose path is removed from the messages. */
export async function outcomes(): Promise<Record<string, Outcome[]>> {
  const found: Record<string, Outcome[]> = {};
  const home = mkdtempSync(path.join(tmpdir(), "masklens-compatibility-"));
  const bare = (text: string) => text.replaceAll(`${home}${path.sep}`, "").replaceAll(home, "FOLDER");
  try {
    for (const [heading, situations] of Object.entries(SITUATIONS)) {
      found[heading] = [];
      for (const { what, met } of situations) {
        rmSync(home, { recursive: true, force: true });
        mkdirSync(home);
        try {
          found[heading].push({ what, read: true, said: (await met(home)).map(bare) });
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
          found[heading].push({ what, read: false, said: [bare(error.message)] });
        }
      }
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
  return found;
}

/** The supported classes, with the model types for which each is the default. */
export function classesRead(): {
  readonly names: readonly string[];
  readonly files: readonly string[];
  readonly types: readonly string[];
}[] {
  return TOKENIZER_CLASSES.map(({ names, files }) => ({
    ...{ names, files },
    types: Object.keys(DEFAULT_CLASSES).filter((type) => names.includes(DEFAULT_CLASSES[type]!)),
  }));
}
