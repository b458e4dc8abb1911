// Presets of studies, each with the sources of its options.

import path from "node:path";
import { writeNewFolder } from "../adaptation/export/new-folder.ts";
import { readDescription } from "../data/description.ts";
import { isLabelled, type TaskKind } from "../data/examples.ts";
import type { Layout } from "../data/graphs/layout.ts";
import { taskVariants } from "../data/graphs/variants.ts";
import { InputError } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import { readConfig } from "../model/config.ts";
import { modelFolder } from "../model/folder.ts";
import { DEFAULT_PRESET, TRAINING_PRESETS } from "../recipe/training-presets.ts";
import { parseStudy } from "./description.ts";
import { expand } from "./expand.ts";
import { STUDY_FILE } from "./study.ts";

interface Preset {
  readonly title: string;
  /** What it shows, for help. */
  readonly summary: string;
  /** Where its options come from, or why they are what they are; a sentence each. */
  readonly sources: readonly string[];
  /** Its methods, options, grid and seeds. */
  plan(facts: Facts): JsonObject;
  /** The facts on which the plan depends. */
  readonly uses?: keyof Facts;
  /** Ways to write the graphs of the tasks: the study has a copy of each task for each of them, named TASK-VARIANT. */
  readonly variants?: Readonly<Record<string, Pick<Layout, "order" | "structure">>>;
  /** The only kind of task that it is for. */
  readonly kind?: TaskKind;
}

interface Facts {
  /** The number of layers of the base models. */
  readonly layers: number;
  /** Whether all tasks have labels, so that there is a classifier to train. */
  readonly areLabelled: boolean;
}

/** The default preset; the schedule apart, because in a comparison it is that of all methods. */
const { schedule, ...rest } = TRAINING_PRESETS[DEFAULT_PRESET];
const RECOMMENDED = { method: "mask", ...rest } as const;
const PAPER = "Zhao et al. 2020 (arXiv 2004.12406)";

export const PRESETS = {
  "method-comparison": {
    title: "Method comparison",
    summary: "masks, finetuning and the baselines between them",
    sources: [
      "mask: the default preset, whose comparison with finetuning on four tasks is in docs/results.md; the schedule of the learning rate is the same for all methods, as are the epochs.",
      "finetune: learning rate 0.0001, that of docs/results.md; for larger models 0.00001 to 0.00005 is usual.",
      "bitfit: Ben Zaken et al. 2022 (arXiv 2106.10199); classifier-only and random-mask are the controls of a mask.",
      "lna: Li et al. 2020 (arXiv 2010.12829): LayerNorms and attention. layernorm-only with adapters: Houlsby et al. 2019 (arXiv 1902.00751), who train adapters, LayerNorms and the classifier.",
    ],
    uses: "areLabelled",
    plan: ({ areLabelled }) => ({
      methods: [
        RECOMMENDED,
        { method: "finetune", learningRate: 1e-4 },
        { method: "pattern", pattern: "bitfit" },
        { method: "pattern", pattern: "lna" },
        { method: "pattern", pattern: "layernorm-only", adapters: { size: 64 } },
        ...(areLabelled ? [{ method: "pattern", pattern: "classifier-only" }, "random-mask"] : []),
      ],
      options: { schedule },
      seeds: [1, 2, 3],
    }),
  },
  seeds: {
    title: "Seeds",
    summary: "how much results vary with the seed",
    sources: ["The default preset with five seeds, each for the run and for its initial scores."],
    plan: () => ({ methods: [RECOMMENDED], options: { schedule }, seeds: [1, 2, 3, 4, 5] }),
  },
  "sparsity-sweep": {
    title: "Sparsity sweep",
    summary: "results at initial sparsities from 5 to 95 %",
    sources: [
      `The initial sparsity is what ${PAPER} varies; everything else is its recipe.`,
      "scaleFixed is varied, too, because in the recipe the initial sparsity also sets the width of the initial scores: with false, a sweep over sparsity is a sweep over score scale as well.",
    ],
    plan: () => ({
      methods: ["mask"],
      grid: { sparsity: [0.05, 0.1, 0.25, 0.5, 0.75, 0.95], scaleFixed: [false, true] },
      seeds: [1, 2, 3],
    }),
  },
  "layer-sweep": {
    title: "Layer sweep",
    summary: "which layers need a mask, from the top and from the bottom",
    sources: [`Masked layers from the top down and from the bottom up, as in ${PAPER}; everything else is its recipe.`],
    uses: "layers",
    plan: ({ layers }) => ({ methods: ["mask"], grid: { layers: sweep(layers) }, seeds: [1, 2, 3] }),
  },
  context: {
    title: "Context",
    summary: "how much reading whole documents helps to label their sentences",
    sources: [
      "context: document is Cohan et al. 2019 (arXiv 1909.04054), the sentences of a document read at once; with context: sentence each is read without the others.",
      "batchSize: 4 documents, as in their code, or 32 sentences, so that both take about as many steps per epoch if documents have about 8 sentences; adjust it to yours.",
      "maxLength: 256, so that few sentences of a document are truncated.",
    ],
    kind: "document",
    plan: () => ({
      methods: (["mask", "finetune"] as const).flatMap((method) => [
        { method, context: "document", batchSize: 4 },
        { method, context: "sentence", batchSize: 32 },
      ]),
      options: { maxLength: 256 },
      seeds: [1, 2, 3],
    }),
  },
  "repeat-the-paper": {
    title: "Repeat the paper",
    summary: "the paper's masks and its finetuning baseline",
    sources: [
      `mask: the recipe of ${PAPER} and its code: Adam at a constant learning rate of 0.001, batches of 32, at most 128 tokens, 10 epochs, initial sparsity 5 %, an evaluation every 60 steps. Its known result with bert-base-uncased is a development accuracy of 0.86275 on MRPC.`,
      "finetune: learning rates from the paper's range of 0.00001 to 0.00005; take the one with the best validation metric.",
    ],
    plan: () => ({
      methods: ["mask", ...[1e-5, 3e-5, 5e-5].map((learningRate) => ({ method: "finetune", learningRate }))],
      options: {
        ...{ epochs: 10, batchSize: 32, maxLength: 128, schedule: "constant", warmup: 0, evaluateEvery: 60 },
        ...{ sparsity: 0.05, dropout: "config" },
      },
      seeds: [1, 2, 3, 4],
    }),
  },
  "graph-structure": {
    title: "Graph structure",
    summary: "how much generated texts benefit from the structure of their graphs",
    sources: [
      "Ribeiro et al. 2021 (arXiv 2007.08426): each task is trained as it is; with its triples in a random order; with the labels of entities and relations in their order, but no markers; and with these labels in a random order, a bag.",
      "mask: the recipe of Zhao et al. 2020 (arXiv 2004.12406); finetune: learning rate 0.00003, that of Ribeiro et al.",
    ],
    plan: () => ({ methods: ["mask", { method: "finetune", learningRate: 3e-5 }], seeds: [1, 2, 3] }),
    variants: {
      full: { order: "as-is", structure: "full" },
      shuffled: { order: "shuffled", structure: "full" },
      labels: { order: "as-is", structure: "labels" },
      bag: { order: "shuffled", structure: "labels" },
    },
  },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;

/** Layers from the top down ("11", "10-11", …) and from the bottom up ("0", "0-1", …); all of them only once. */
function sweep(layers: number): string[] {
  const range = (first: number, last: number) => (first === last ? String(first) : `${first}-${last}`);
  const top = layers - 1;
  const down = Array.from({ length: layers }, (_, i) => range(top - i, top));
  const up = Array.from({ length: top }, (_, i) => range(0, i));
  return [...down, ...up];
}

interface Wanted {
  readonly models: readonly string[];
  readonly tasks: readonly string[];
  /** The study's folder, which must be new or empty. */
  readonly folder: string;
}

/**
 * Writes the study of a preset, with paths relative to its folder. Throws an InputError if the folder is not new, if the
 * preset needs the models' layers and they differ, or if it is not for the kind of a task.
 */
export async function makePreset(
  name: PresetName,
  { models, tasks, folder }: Wanted,
): Promise<{ file: string; cells: number; sources: readonly string[] }> {
  const preset: Preset = PRESETS[name];
  const { uses, kind } = preset;
  if (kind) await checkKind(tasks, kind, name);
  const facts: Facts = {
    layers: uses === "layers" ? await layersOf(models) : 0,
    areLabelled: uses !== "areLabelled" || (await areLabelled(tasks)),
  };
  const sources = [...preset.sources, ...(facts.areLabelled ? [] : [WITHOUT_LABELS])];
  const relative = (given: string) => path.relative(folder, path.resolve(given)).split(path.sep).join("/") || ".";
  const copies = preset.variants ? await taskVariants(tasks, preset.variants, relative) : new Map<string, JsonObject>();
  const json = {
    description: [`${preset.title}.`, ...sources].join(" "),
    models: models.map(relative),
    tasks: preset.variants ? [...copies.keys()] : tasks.map(relative),
    ...preset.plan(facts),
  };
  const file = path.join(folder, STUDY_FILE);
  const { combinations } = expand(parseStudy(json, file), file);
  const files = [...copies, [STUDY_FILE, json] as const].map(
    ([name, content]) => [name, [Buffer.from(`${JSON.stringify(content, null, 2)}\n`)]] as const,
  );
  await writeNewFolder(folder, new Map(files));
  return { file, cells: combinations.length, sources };
}

const WITHOUT_LABELS =
  "classifier-only and random-mask are left out, because they train only a classifier, which tasks without labels lack.";

async function areLabelled(tasks: readonly string[]): Promise<boolean> {
  const read = await Promise.all(tasks.map(readDescription));
  return read.every(({ description }) => isLabelled(description.kind));
}

async function checkKind(tasks: readonly string[], wanted: TaskKind, name: PresetName): Promise<void> {
  for (const task of tasks) {
    const { kind } = (await readDescription(task)).description;
    if (kind !== wanted)
      throw new InputError(
        `this is a ${kind} task, but the preset ${name} is for ${wanted} tasks`,
        { file: task },
        `use a ${wanted} task, or another preset`,
      );
  }
}

/** The number of layers of all models. Throws an InputError if they differ. */
async function layersOf(models: readonly string[]): Promise<number> {
  const counts = await Promise.all(models.map(async (model) => (await readConfig(await modelFolder(model))).layers));
  const different = counts.findIndex((count) => count !== counts[0]);
  if (different > 0)
    throw new InputError(
      `it has ${counts[different]} layers, but ${models[0]} has ${counts[0]}`,
      { file: models[different]! },
      "make a study of its own for each base model",
    );
  return counts[0]!;
}
