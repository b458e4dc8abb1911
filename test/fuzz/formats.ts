// Every format that is read from untrusted sources: small valid files to start with, a mutator that knows the format,
// and a reader that does what the product does with such a file.

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { openBase } from "../../src/adaptation/base.ts";
import { KINDS, type TaskKind } from "../../src/data/examples.ts";
import { readTask } from "../../src/data/task.ts";
import { guessColumns } from "../../src/extension/tasks/columns.ts";
import { detect } from "../../src/extension/tasks/detect.ts";
import { readFileLimited } from "../../src/files.ts";
import { readJsonObject } from "../../src/json.ts";
import { describeMask } from "../../src/mask/describe.ts";
import { decodeAdaptation } from "../../src/mask/file.ts";
import { readConfig } from "../../src/model/config.ts";
import { allMatrices, selectMatrices } from "../../src/model/names.ts";
import { expectedTensors } from "../../src/model/tensors.ts";
import { openPretrained } from "../../src/model/weights/pretrained.ts";
import { checkShapes } from "../../src/model/weights/shapes.ts";
import { parseRunOptions } from "../../src/recipe/options.ts";
import { decodeSafetensors, encodeSafetensors } from "../../src/safetensors.ts";
import { readCheckpoint } from "../../src/train/checkpoint.ts";
import { outlineOf } from "../../src/train/outline.ts";
import { lastEvent, readEvents } from "../../src/train/run-folder.ts";
import { packedBase } from "../mask/fixture.ts";
import { ARRAYS } from "./arrays.ts";
import { mutateBytes } from "./bytes.ts";
import { AMR, CONLL, CONLLU, CSV, JSONL, MESSAGES, SOURCES, TSV, TXT, WEBNLG } from "./data-texts.ts";
import type { Draw } from "./draw.ts";
import { GENERATION } from "./generation.ts";
import { mutateJson } from "./json.ts";
import { mutateParquet } from "./parquet.ts";
import { mutateMetadata, mutateSafetensors, signMask } from "./safetensors.ts";
import { checkpointBytes, logLines, RUN_JSON, tunedBytes } from "./seeds.ts";
import { queues, readLines, readPlan, readQueue, resultLines, STUDY_JSON, studyWords } from "./studies.ts";
import { dressed, mutateJsonLines, mutateTable } from "./tables.ts";
import { TOKENIZERS } from "./tokenizers.ts";
import { mutateLegacy, mutateZip } from "./torch.ts";
import { CONFIG_WORDS, TASK_WORDS } from "./words.ts";

/** A folder's files by name. */
export type Files = Readonly<Record<string, Uint8Array>>;

export interface FuzzFormat {
  /** Valid inputs. */
  readonly seeds: () => Promise<readonly Files[]>;
  /** Returns the changed files. */
  readonly mutate: (draw: Draw, files: Files) => Files;
  /** Reads a folder with such files; throws the product's errors. */
  readonly read: (folder: string) => Promise<void>;
}

const fixture = (name: string): Uint8Array => readFileSync(path.join("test/fixtures", name));
const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

/** A mutator of the file with this name. */
const only =
  (name: string, mutate: (draw: Draw, bytes: Uint8Array) => Uint8Array) =>
  (draw: Draw, files: Files): Files => ({ [name]: mutate(draw, files[name]!) });

const TINY = () => ({ "config.json": fixture("torch/config.json"), "vocab.txt": fixture("torch/vocab.txt") });

/** The weights in two shards with an index. */
function sharded(): Files {
  const { header, bytesOf } = decodeSafetensors(fixture("torch/model.safetensors"), "model.safetensors");
  const entries = [...header.entries.values()].map((entry) => ({ ...entry, bytes: bytesOf(entry.name) }));
  const half = Math.floor(entries.length / 2);
  const [a, b] = [entries.slice(0, half), entries.slice(half)];
  const map = Object.fromEntries([
    ...a.map(({ name }) => [name, "model-1.safetensors"]),
    ...b.map(({ name }) => [name, "model-2.safetensors"]),
  ]);
  return {
    "model.safetensors.index.json": json({ metadata: { total_size: 1 }, weight_map: map }),
    "model-1.safetensors": Buffer.concat(encodeSafetensors(a, { format: "pt" })),
    "model-2.safetensors": Buffer.concat(encodeSafetensors(b, { format: "pt" })),
  };
}

/** Reads the weights of a folder as a run does: every value of every tensor. */
async function readWeights(folder: string): Promise<void> {
  const config = await readConfig(folder);
  const pretrained = await openPretrained(folder);
  try {
    for (const name of pretrained.tensors.keys()) await pretrained.sha256(name);
    checkShapes(pretrained, config);
    for (const name of pretrained.tensors.keys()) await pretrained.readFloat32(name);
  } finally {
    await pretrained.close();
  }
}

const readATask = (folder: string) => readTask(path.join(folder, "a.task.json"), { trains: false }).then(() => {});

/** A task over one data file; only the data is mutated. */
function data(
  inputs: readonly (readonly [task: Record<string, unknown>, file: string, bytes: Uint8Array])[],
  mutate: (draw: Draw, bytes: Uint8Array) => Uint8Array,
): FuzzFormat {
  return {
    seeds: async () =>
      inputs.map(([task, file, bytes]) => ({
        "a.task.json": json({ ...task, files: { train: file } }),
        [file]: bytes,
      })),
    mutate: (draw, files) => {
      const name = Object.keys(files).find((file) => file !== "a.task.json")!;
      return { [name]: mutate(draw, files[name]!) };
    },
    read: readATask,
  };
}

/** Families whose configurations have keys of their own. */
const FAMILIES = ["gpt2", "qwen2", "t5", "bart", "modernbert", "deberta-v3"];

const sentence = { kind: "sentence", columns: { text: "text", label: "label" } };

export const FORMATS: Readonly<Record<string, FuzzFormat>> = {
  safetensors: {
    seeds: async () => [
      { ...TINY(), "model.safetensors": fixture("torch/model.safetensors") },
      { ...TINY(), ...sharded() },
    ],
    mutate: (draw, files) => {
      const name = draw.pick(Object.keys(files).filter((file) => file.startsWith("model")));
      const mutate = name.endsWith(".json") ? mutateJson : mutateSafetensors;
      return { [name]: mutate(draw, files[name]!) };
    },
    read: readWeights,
  },
  bin: {
    seeds: async () =>
      ["zip.bin", "legacy.bin", "protocol5.bin"].map((name) => ({
        ...TINY(),
        "pytorch_model.bin": fixture(`torch/${name}`),
      })),
    mutate: only("pytorch_model.bin", (draw, bytes) =>
      bytes[0] === 0x50 ? mutateZip(draw, bytes) : mutateLegacy(draw, bytes),
    ),
    read: readWeights,
  },
  masks: ARRAYS,
  config: {
    seeds: async () => [
      { ...TINY(), "model.safetensors": fixture("torch/model.safetensors") },
      ...["models/tiny-roberta", "models/tiny-distilbert", ...FAMILIES.map((name) => `families/tiny-${name}`)].map(
        (folder) => ({ "config.json": fixture(`${folder}/config.json`) }),
      ),
    ],
    mutate: only("config.json", (draw, bytes) => mutateJson(draw, bytes, CONFIG_WORDS)),
    read: async (folder) => {
      const config = await readConfig(folder);
      allMatrices(config, { labels: 2 });
      selectMatrices(config, { labels: 2 });
      expectedTensors(config);
      if (readdirSync(folder).includes("model.safetensors")) await (await openBase(folder)).pretrained.close();
    },
  },
  generation: GENERATION,
  ...TOKENIZERS,
  task: {
    seeds: async () => [
      {
        "a.task.json": json({
          ...{
            ...sentence,
            name: "sst",
            metric: "accuracy",
            files: { train: "train.csv", test: "test.tsv" },
            format: "csv",
          },
          ...{
            split: { validation: 0.2, test: 0.1, seed: 1 },
            labels: ["no", "yes"],
            skip: true,
            classWeights: "balanced",
          },
        }),
        "train.csv": Buffer.from(CSV),
        "test.tsv": Buffer.from(CSV),
      },
      {
        "a.task.json": json({
          kind: "tagging",
          metric: "entityF1",
          files: { train: "a.conll" },
          columns: { words: 0, tags: 2 },
        }),
        "a.conll": Buffer.from(CONLL),
        "train.csv": Buffer.from(CSV),
      },
      {
        "a.task.json": json({
          kind: "sentence",
          files: { train: "train.jsonl" },
          columns: { text: "data.text", label: "label" },
        }),
        "train.jsonl": Buffer.from(JSONL.replaceAll(/\["?(.*?)"?\]/g, '"$1"')),
        "train.csv": Buffer.from(CSV),
      },
      {
        "a.task.json": json({
          ...{ kind: "generation", metric: "bleu", prompt: "Say: {source}", files: { train: "train.jsonl" } },
          columns: { source: "source", target: "target" },
        }),
        "train.jsonl": Buffer.from(SOURCES),
        "train.csv": Buffer.from(CSV),
      },
    ],
    mutate: only("a.task.json", (draw, bytes) => mutateJson(draw, bytes, TASK_WORDS)),
    read: readATask,
  },
  mask: {
    seeds: async () => [
      ...["sentiment", "topic", "other", "packed-scores", "packed-neighbours", "packed-base"].map((name) => ({
        "a.mask.safetensors": fixture(`mask/${name}.mask.safetensors`),
      })),
      { "a.mask.safetensors": await tunedBytes() },
    ],
    mutate: only("a.mask.safetensors", (draw, bytes) => mutateMetadata(draw, bytes, signMask)),
    read: async (folder) => {
      const file = path.join(folder, "a.mask.safetensors");
      const bytes = await readFileLimited(file, 2 ** 31, "give a mask");
      const adaptation = await decodeAdaptation(bytes, file, { baseOf: packedBase });
      if (adaptation.format === "mask") JSON.stringify(describeMask(adaptation));
    },
  },
  csv: data(
    [
      [sentence, "train.csv", Buffer.from(CSV)],
      [{ ...sentence, skip: true }, "train.csv", Buffer.from(CSV.replaceAll("\n", "\r\n"))],
      [sentence, "train.tsv", Buffer.from(TSV)],
      [
        { kind: "sentence", columns: { text: 0, label: 1 }, format: "glue" },
        "train.tsv",
        Buffer.from(TSV.replace("text\tlabel\n", "")),
      ],
    ],
    mutateTable,
  ),
  jsonl: data(
    [
      [sentence, "train.jsonl", Buffer.from(JSONL)],
      [{ ...sentence, skip: true }, "train.jsonl", Buffer.from(JSONL)],
      [
        { kind: "document", columns: { sentences: "s", labels: "l" }, skip: true },
        "train.jsonl",
        Buffer.from('{"s":["a","b"],"l":[0,1]}\n{"s":["c"],"l":[1]}\n'.repeat(4)),
      ],
      [{ kind: "generation", prompt: "Say: {source}", skip: true }, "train.jsonl", Buffer.from(SOURCES)],
      [{ kind: "generation", columns: { messages: "messages" } }, "train.jsonl", Buffer.from(MESSAGES)],
      [sentence, "train.json", Buffer.from(`[${JSONL.trim().split("\n").join(",")}]`)],
    ],
    (draw, bytes) =>
      bytes[0] === 0x5b ? dressed(draw, mutateJson(draw, bytes, TASK_WORDS)) : mutateJsonLines(draw, bytes, TASK_WORDS),
  ),
  conll: data(
    [
      [{ kind: "tagging", columns: { words: 0, tags: 2 } }, "train.conll", Buffer.from(CONLL)],
      [{ kind: "tagging", skip: true }, "train.conll", Buffer.from(CONLL.replaceAll(" ", "\t"))],
      [{ kind: "tagging", skip: true }, "train.conllu", Buffer.from(CONLLU)],
    ],
    mutateTable,
  ),
  txt: data([[{ kind: "language" }, "train.txt", Buffer.from(TXT)]], mutateTable),
  graphs: data(
    [
      [{ kind: "generation" }, "train.xml", Buffer.from(WEBNLG)],
      [{ kind: "generation", skip: true, graph: { order: "shuffled" } }, "train.xml", Buffer.from(WEBNLG)],
      [{ kind: "generation", graph: { structure: "labels" } }, "train.amr", Buffer.from(AMR)],
      [{ kind: "generation", skip: true, denoise: {} }, "train.amr", Buffer.from(AMR)],
    ],
    mutateTable,
  ),
  parquet: data(
    [
      [
        { kind: "sentence", columns: { text: "sentence", label: "label" } },
        "train.parquet",
        fixture("data/sentences.parquet"),
      ],
      [{ kind: "tagging" }, "train.parquet", fixture("data/tagged.parquet")],
      [
        { kind: "tagging", columns: { words: "tokens.text", tags: "tokens.tag" } },
        "train.parquet",
        fixture("data/nested.parquet"),
      ],
      [
        { kind: "sentence", columns: { text: "text", label: "class" } },
        "train.parquet",
        fixture("data/labels.parquet"),
      ],
      ...["1", "2"].flatMap((version) => {
        const bytes = fixture(`data/encodings-${version}.parquet`);
        const columns = [
          ["prefixes", "dictionary"],
          ["lengths", "flag"],
          ["plain", "binary32"],
          ["one", "split"],
          ["prefixes", "binary64"],
        ];
        return [
          ...columns.map(([text, label]) => ({ kind: "sentence", columns: { text, label }, skip: true })),
          { kind: "tagging", columns: { words: "lists", tags: "tags" }, skip: true },
        ].map((task) => [task, "train.parquet", bytes] as const);
      }),
    ],
    mutateParquet,
  ),
  detect: {
    seeds: async () => [
      ...Object.entries({
        "a.txt": TXT,
        "a.csv": CSV,
        "a.tsv": TSV,
        "a.jsonl": JSONL,
        "a.conll": CONLL,
        "a.conllu": CONLLU,
      }).flatMap(([name, text]) => [{ [name]: Buffer.from(text) }, { [`${name}.gz`]: gzipSync(text) }]),
      ...["sentences", "tagged", "nested", "encodings-1", "encodings-2"].map((name) => ({
        "a.parquet": fixture(`data/${name}.parquet`),
      })),
    ],
    mutate: (draw, files) => {
      const [name, bytes] = Object.entries(files)[0]!;
      if (name.endsWith(".parquet")) return { [name]: mutateParquet(draw, bytes) };
      const mutate = name.includes(".jsonl") ? mutateJsonLines : mutateTable;
      if (!name.endsWith(".gz")) return { [name]: mutate(draw, bytes, TASK_WORDS) };
      return {
        [name]: draw.chance(0.5) ? mutateBytes(draw, bytes) : gzipSync(mutate(draw, gunzipSync(bytes), TASK_WORDS)),
      };
    },
    read: async (folder) => {
      const detected = await detect(path.join(folder, readdirSync(folder)[0]!));
      for (const kind of Object.keys(KINDS)) guessColumns(detected, kind as TaskKind);
    },
  },
  "run.json": {
    seeds: async () => [{ "run.json": json(RUN_JSON) }],
    mutate: only("run.json", (draw, bytes) =>
      mutateJson(draw, bytes, [...Object.keys(RUN_JSON), "pattern", "mask", "train"]),
    ),
    read: async (folder) => {
      const file = path.join(folder, "run.json");
      parseRunOptions(await readJsonObject(file, "give a run"), file);
    },
  },
  "log.jsonl": {
    seeds: async () => [{ "log.jsonl": Buffer.from(logLines()) }],
    mutate: only("log.jsonl", mutateJsonLines),
    read: async (folder) => {
      const events = await readEvents(folder);
      outlineOf(events);
      lastEvent(path.join(folder, "log.jsonl"));
      // What lists and pages of runs use.
      for (const event of events) {
        if (event.type === "evaluation") event.value.toFixed(1);
        if (event.type === "step") event.loss.toFixed(1);
        if (event.type === "done") event.result.adaptation.endsWith(".mask.safetensors");
        if (event.type === "start") event.labels.map(({ label }) => label.length);
        if (event.type === "note") event.text.trim();
      }
    },
  },
  "study.json": {
    seeds: async () => [{ "study.json": json(STUDY_JSON) }],
    mutate: only("study.json", (draw, bytes) => mutateJson(draw, bytes, studyWords())),
    read: readPlan,
  },
  "results.jsonl": {
    seeds: async () => [{ "results.jsonl": Buffer.from(resultLines()) }],
    mutate: only("results.jsonl", mutateJsonLines),
    read: readLines,
  },
  squeue: {
    seeds: async () => queues().map((queue) => ({ "queue.json": json(queue) })),
    mutate: only("queue.json", mutateJson),
    read: readQueue,
  },
  checkpoint: {
    seeds: async () => [{ "checkpoint.safetensors": await checkpointBytes() }],
    mutate: only("checkpoint.safetensors", (draw, bytes) => mutateMetadata(draw, bytes, signMask)),
    read: async (folder) => {
      await readCheckpoint(path.join(folder, "checkpoint.safetensors"));
    },
  },
};
