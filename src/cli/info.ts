// masklens info: describes a base model, an adaptation, a task, a run or a study.

import { stat } from "node:fs/promises";
import path from "node:path";
import { baseWeightsOf } from "../adaptation/base.ts";
import { INTERVALS_OVER } from "../adaptation/intervals.ts";
import { readAdaptation } from "../adaptation/read.ts";
import { isGrouped, sharedBy } from "../anatomy/heads.ts";
import { headWords, layerNumber } from "../anatomy/layers.ts";
import { vocabularyOf } from "../data/attributes/values.ts";
import { isLabelled, KINDS, type SentenceExample, type TaskKind } from "../data/examples.ts";
import { hasConversations } from "../data/generative.ts";
import { readTask, type SplitName, type Task } from "../data/task.ts";
import { InputError } from "../errors.ts";
import { adaptationName, nameWithTask } from "../file-name.ts";
import { codeOf, exists, reasonOf } from "../files.ts";
import { MATRIX_KINDS, type MatrixKind } from "../kinds.ts";
import { addedIn, attributeFacts } from "../mask/beside/added.ts";
import { needsBase } from "../mask/changed.ts";
import { controlSeed, controlSuffix } from "../mask/control.ts";
import { type Changed, describeMask, type HeadDescription, type MaskDescription } from "../mask/describe.ts";
import type { Mask, Tuned } from "../mask/file.ts";
import { isOnItsOwn } from "../mask/head-marks.ts";
import type { MaskMetadata, Metrics } from "../mask/metadata.ts";
import { FALSE_DISCOVERIES } from "../mask/significance.ts";
import { isShare, metricName, metricTitle, valueText } from "../metric.ts";
import { bytes, duration, fixed, grouped } from "../numbers.ts";
import { StudyState } from "../study/state.ts";
import { readStudy, STUDY_FILE } from "../study/study.ts";
import { readEvents, readOptions, standing } from "../train/run-folder.ts";
import { visible } from "../visible.ts";
import { type Command, JSON_FLAG, MODEL_FLAG } from "./command.ts";
import { modelInformation } from "./model-information.ts";
import { studyInformation } from "./study/describe.ts";
import { addedText, baseParameters } from "./tables/added.ts";
import { metricsTable, PRETRAINED } from "./tables/metrics.ts";
import { interval, percent, table } from "./tables/table.ts";
import { unitsTable } from "./tables/units.ts";
import { named, print, printJson } from "./terminal.ts";

/** A description of what is at a path, as JSON and as text. */
interface Information {
  readonly json: object;
  readonly text: string;
}

export const command: Command = {
  summary: "describe a model, an adaptation, a task, a run or a study",
  usage: ["info PATH [--json]"],
  about:
    "Describes the model, adaptation, task, run or study at PATH. A model folder is checked as for training, but only the headers of its weights are read. For a mask it shows what training changed: weights that were pruned or regrown and, for each layer, matrix kind and attention head, the number of pruned weights divided by the number expected from the initial scores (the effect, with its 95 % interval), and how far that is from chance (z, corrected for clustering of pruned weights).",
  flags: {
    model: MODEL_FLAG,
    json: JSON_FLAG,
  },
  examples: [
    [
      "masklens info models/bert-base-uncased",
      "layers, hidden size, heads, weights, and which layers the paper's recipe masks",
    ],
    ["masklens info masks/sst2/sst2.mask.safetensors", "what training changed, matrix by matrix and head by head"],
    ["masklens info masks/sst2", "a run: its options, progress and metrics"],
    ["masklens info studies/seeds", "a study: its cells, their states, and the mean over seeds of each group"],
  ],
  async run({ given, positionals }, terminal) {
    const [target, ...more] = positionals;
    if (target === undefined || more.length) throw new InputError("info takes one path", {}, "run masklens info PATH");
    const { json, text } = await informationOf(target, given.get("model"));
    if (given.has("json")) printJson(terminal, json);
    else print(terminal.out, text);
  },
};

async function informationOf(target: string, model: string | undefined): Promise<Information> {
  const status = await stat(target).catch((cause) => {
    const what = codeOf(cause) === "ENOENT" ? "there is nothing at this path" : reasonOf(cause);
    throw new InputError(what, { file: target }, "specify an existing file or folder", { cause });
  });
  if (status.isDirectory()) {
    if (await exists(path.join(target, "run.json"))) return runInformation(target);
    if (await exists(path.join(target, STUDY_FILE)))
      return studyInformation(await StudyState.read(await readStudy(target)));
    return modelInformation(target);
  }
  const folder = path.dirname(target);
  if (/^(config\.json|(model|pytorch_model)[^/\\]*\.(safetensors|bin|json))$/.test(path.basename(target)))
    throw new InputError("this is a file, not a model folder", { file: target }, `use its folder: ${folder}`);
  if (path.basename(target) === STUDY_FILE) return studyInformation(await StudyState.read(await readStudy(target)));
  if (target.endsWith(".json")) return taskInformation(target);
  const adaptation = await readAdaptation(target, { model });
  return adaptation.format === "mask" ? maskInformation(adaptation, model) : tunedInformation(adaptation, model);
}

async function taskInformation(file: string): Promise<Information> {
  const task = await readTask(file);
  const splits = Object.keys(task.splits) as SplitName[];
  const examples = Object.fromEntries(splits.map((split) => [split, task.splits[split].length]));
  const { name, kind, metric, prompt, graph, denoise, labels, labelCounts, skipped, notes, dataSha256 } = task;
  const attributes = attributeFacts(
    vocabularyOf(task.attributes, task.splits.train as readonly SentenceExample[], file),
  );
  const isPer = KINDS[kind].unit === "example" ? "" : ` (${KINDS[kind].unit}s)`;
  return {
    json: {
      ...{ format: "task", name, kind, metric },
      ...(kind === "generation" && { prompt, chat: hasConversations(task), graph, denoise }),
      ...{ labels, examples, labelCounts, attributes, skipped, notes, dataSha256 },
    },
    text: `${named(name)}: a ${kind} task, scored by ${metricTitle(metric)}${isLabelled(kind) ? `, with ${labels.length} labels` : readText(task)}

${table(
  ["", ...splits],
  [
    [kind === "language" ? "texts" : "examples", ...splits.map((split) => grouped(examples[split]!))],
    ...labels.map((label, i) => [
      `${named(label || '""')}${isPer}`,
      ...splits.map((split) => grouped(labelCounts[split][i]!)),
    ]),
  ],
)}
${addedText({ adapters: null, attributes }, undefined)}${notes.map((note) => `${visible(note)}.\n`).join("")}`,
  };
}

/** What a model reads in a task without labels. */
function readText(task: Task): string {
  if (task.kind !== "generation") return "; nothing is labelled, each token is predicted from those before it";
  if (hasConversations(task)) return "; the model reads conversations, rendered by its tokenizer's chat template";
  if (task.frames) return `; the model reads frames of ${grouped(task.frames.features)} features`;
  const read = task.prompt === null ? "; the model reads the source alone" : `; the model reads ${named(task.prompt)}`;
  const [first] = task.splits.train;
  if (!(task.graph || task.denoise) || !first || !("source" in first)) return read;
  return `${read}; the first source is ${named(String(first.source))}`;
}

async function runInformation(folder: string): Promise<Information> {
  const options = await readOptions(folder);
  const events = await readEvents(folder);
  const last = events.findLast((event) => event.type === "step");
  const start = events.find((event) => event.type === "start");
  const done = events.findLast((event) => event.type === "done");
  const evaluations = events.filter((event) => event.type === "evaluation");
  const state = standing(events);
  const metrics = evaluations.map(({ step, split, value, metric, best }) => [
    String(step),
    split,
    valueText(metric, value),
    best ? "•" : "",
  ]);
  const metric = evaluations[0]?.metric;
  return {
    json: { format: "run", options, state, step: last?.step ?? 0, steps: start?.steps ?? null, ...done?.result },
    text: `${named(path.basename(path.resolve(folder)))}${controlSuffix(options.permuteLabels as number | undefined)}: ${state}, step ${last?.step ?? 0} of ${start?.steps ?? "?"}${done ? ` in ${duration(done.result.seconds)}` : ""}

${table(["step", "split", isShare(metric) ? `${metricName(metric ?? "metric")}, %` : metricTitle(metric!), "best"], metrics, [1])}
${done ? `adaptation: ${visible(String(done.result.adaptation))}` : `resume: masklens train --resume ${visible(folder)}`}
`,
  };
}

async function tunedInformation({ metadata, tensors, file }: Tuned, model: string | undefined): Promise<Information> {
  const { weights: _, ...base } = metadata.base;
  const { task, run, metrics, training, tool } = metadata;
  const parameters = tensors.reduce((sum, { data }) => sum + data.length, 0);
  const added = addedIn({ metadata, tensors });
  return {
    json: {
      ...{ format: "tuned", file, tool, base, task, run, metrics, training, parameters, added },
      tensors: tensors.map(({ name, shape }) => ({ name, shape })),
    },
    text: `${titleOf(file, metadata)}: ${grouped(parameters)} parameters in ${tensors.length} tensors, tuned by ${named(run.method)} over ${named(base.id)}
${addedText(added, await baseParameters(metadata, model))}
${splitsTable(metrics)}${overText(task.kind)}`,
  };
}

/** An adaptation's name and task, and whether it is a control. */
const titleOf = (file: string, metadata: MaskMetadata): string =>
  named(nameWithTask(adaptationName(file), file, metadata.task.name)) + controlSuffix(controlSeed(metadata));

/** A note on the units that intervals resample, if they are not the units that have labels. */
function overText(kind: string): string {
  const over = INTERVALS_OVER[kind as TaskKind];
  return over ? `${over}\n` : "";
}

async function maskInformation(mask: Mask, model: string | undefined): Promise<Information> {
  const weightsOf = needsBase(mask) ? await baseWeightsOf([mask], { model }) : undefined;
  const description = describeMask(mask, weightsOf);
  const name = titleOf(mask.file, mask.metadata);
  const added = addedText(description.added, await baseParameters(mask.metadata, model));
  return { json: description, text: maskText(description, name, added) };
}

const ABOVE = "above";
/** The minimum number of heads to list, even if fewer are significant. */
const FEWEST_HEADS = 10;

/** `added`: what is said of adapters and attributes. */
function maskText(mask: MaskDescription, name: string, added: string): string {
  const { task, base, weights, sparsity, sizes, pruned, regrown, unknownBecause, initial, units } = mask;
  const kept = weights * (1 - (initial?.sparsity ?? 0));
  const change = units
    ? "The units of this mask are attention heads and neurons of the feed-forward network, each kept or pruned as a whole, so statistics that count weights as independent (expected counts, z) do not apply."
    : pruned === null || regrown === null
      ? `What training changed is unknown: ${visible(unknownBecause ?? "")}.`
      : `Training pruned ${grouped(pruned)} weights (${percent(pruned / kept)} % of those that were on in the initial mask) and regrew ${grouped(regrown)}.`;
  return `${name}: ${grouped(weights)} weights of ${named(base.id)} masked, sparsity ${percent(sparsity, 2)} %, ${bytes(sizes.packed)}${packedText(mask)}
${change}${startText(mask)}
${added}
${splitsTable(mask.metrics)}${overText(task.kind)}
${matrixTable(mask)}
${effectText(mask)}${headText(mask)}${units ? unitsTable(units, base) : deadText(mask)}
Sizes: ${bytes(sizes.dense)} dense, ${bytes(sizes.packed)} at one bit per weight, ${bytes(sizes.entropy)} entropy bound${sizes.givenInitial === null ? "" : `, ${bytes(sizes.givenInitial)} given the initial scores`}.${sizes.tensors ? ` Beside the bits: ${bytes(sizes.tensors)} of float32 tensors (the classifier, auxiliary parameters, and what is added to the base model, such as adapters).` : ""}
${units ? removalText(mask) : "Unstructured sparsity makes the adaptation's file small; it does not make the model smaller in memory or faster."}
`;
}

/** What whole units are worth: some designs and language models keep their parts (see `prune`). */
function removalText({ task, base, matrices }: MaskDescription): string {
  const isWhole = base.encoderLayers !== undefined || isGrouped(base) || matrices.some(({ kind }) => kind === "G");
  if (isWhole || ["language", "generation"].includes(task.kind))
    return "Heads and neurons that are off stay in the model: they cannot be removed from a model of this design or for this kind of task, so it becomes neither smaller in memory nor faster.";
  return "Heads and neurons that are off can be removed from the model, which makes it smaller in memory and faster: masklens export --format onnx --prune (safetensors keeps all heads, and equally many neurons in each layer).";
}

function deadText({ deadHeads, base }: MaskDescription): string {
  return deadHeads
    .map((dead) => {
      const shared = sharedBy(dead.kind, base);
      const by = shared > 1 ? `, which ${shared} heads share` : "";
      return `${headWords(dead, base)}${by}: all weights of ${dead.kind} are off\n`;
    })
    .join("");
}

/** Whether the file is packed, so that it is smaller than its bits. */
function packedText({ packed }: MaskDescription): string {
  if (!packed) return "";
  return packed.base === null
    ? " at one bit per weight (the file is packed)"
    : " at one bit per weight (the file is packed, and needs its base model to be read)";
}

/** What the initial scores mean for the change, if they were equal or every matrix keeps the same share. */
function startText({ initial, isEven }: MaskDescription): string {
  const lines = [
    initial?.kind === "constant" &&
      "All initial scores were equal and nothing was pruned before the first step, so the zeros of the mask are what training pruned.",
    isEven &&
      "Each matrix keeps the same share of its weights, so layers and kinds of matrix cannot differ; heads can.",
  ];
  return lines
    .filter(Boolean)
    .map((line) => `\n${line}`)
    .join("");
}

function splitsTable(metrics: MaskMetadata["metrics"]): string {
  const { pretrained, ...splits } = metrics;
  const lines = [...(pretrained ? [[PRETRAINED, pretrained]] : []), ...Object.entries(splits)] as [string, Metrics][];
  return lines.length ? metricsTable("", lines) : "";
}

/** A table of layers by kinds: the fraction of initially kept weights that were pruned or, if unknown, the sparsity. */
function matrixTable({ matrices, initial, pruned, base }: MaskDescription): string {
  const layers = [...new Set(matrices.map(({ layer }) => layer))].sort((a, b) => (b ?? 1e9) - (a ?? 1e9));
  const kinds = MATRIX_KINDS.filter((kind) => matrices.some((matrix) => matrix.kind === kind));
  const known = pruned !== null && initial !== null;
  const share = (layer: number | null, kind: MatrixKind) => {
    const matrix = matrices.find((m) => m.layer === layer && m.kind === kind);
    if (!matrix) return "";
    if (!known) return percent(matrix.sparsity, 2);
    const start = matrix.rows * matrix.columns * (1 - initial.sparsity);
    return percent((matrix as Changed).pruned! / start, 2);
  };
  const rows = layers.map((layer) => [
    layer === null ? ABOVE : `layer ${layerNumber(layer, base)}`,
    ...kinds.map((kind) => share(layer, kind)),
  ]);
  return `${known ? "Pruned, % of the weights that were on in the initial mask" : "Sparsity, %"}
${table(["", ...kinds], rows)}`;
}

/** A table row: the ratio of pruned to expected weights with its interval, z, and the two counts. */
function effectRow(name: string, { pruned, expected, effect, z, marked }: Omit<Changed, "regrown" | "phi">): string[] {
  const ratio = effect ? interval(effect, 2).split(" ") : ["–", ""];
  return [`${name}${marked ? " •" : ""}`, ...ratio, fixed(z, 1), grouped(pruned!), grouped(expected!)];
}

const EFFECT_HEADER = ["", "effect", "95 %", "z", "pruned", "expected"];

/** Layers and kinds compared with the pruning rates of all matrices. */
function effectText({ layers, kinds, pruned, base }: MaskDescription): string {
  if (pruned === null) return "";
  const falling = [...layers].sort((a, b) => (b.layer ?? 1e9) - (a.layer ?? 1e9));
  const rows = [
    ...falling.map((part) => effectRow(part.layer === null ? ABOVE : `layer ${layerNumber(part.layer, base)}`, part)),
    ...kinds.map((part) => effectRow(part.kind, part)),
  ];
  return `Effect: pruned weights divided by the number expected from the initial scores at the pruning rates of all matrices
${table(EFFECT_HEADER, rows)}• significant among the layers, or among the kinds (false discovery rate ${FALSE_DISCOVERIES})

`;
}

/** All significant attention heads, then the others whose counts deviate most from the expected ones. */
function headText({ heads, base }: MaskDescription): string {
  const all = heads.filter(
    (head): head is HeadDescription & { z: number } => isOnItsOwn(head.kind, base) && head.z !== null,
  );
  if (!all.length) return "";
  const ranked = [...all].sort((a, b) => Number(b.marked) - Number(a.marked) || Math.abs(b.z) - Math.abs(a.z));
  const marked = ranked.filter((head) => head.marked).length;
  const shown = ranked.slice(0, Math.max(marked, FEWEST_HEADS));
  const rows = shown.map((head) => effectRow(headWords(head, base), head));
  const listed =
    marked === 0
      ? "none is significant"
      : marked === 1
        ? "the significant head is listed first"
        : `all ${marked} significant heads are listed`;
  return `Attention heads compared with the pruning rates of their matrices (• significant among ${all.length} heads, false discovery rate ${FALSE_DISCOVERIES}; ${listed})
${table(EFFECT_HEADER, rows)}${isGrouped(base) ? `K and V are shared by ${sharedBy("K", base)} heads each, so a head is its parts of Q and AO, and heads of keys and of values are listed on their own.\n` : ""}`;
}
