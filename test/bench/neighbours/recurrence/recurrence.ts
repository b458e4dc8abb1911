// Attention to recurrence: both maps of features on two tasks of an encoder, beside its finetuned softmax attention, and a decoder's
// memory.

import { meanOf } from "../../../../src/adaptation/attention/compared.ts";
import { divergenceOf } from "../../../../src/adaptation/attention/divergence.ts";
import { differenceOf } from "../../../../src/adaptation/paired.ts";
import { readAdaptation } from "../../../../src/adaptation/read.ts";
import type { SentenceExample } from "../../../../src/data/examples.ts";
import { readTask } from "../../../../src/data/task.ts";
import { bytes } from "../../../../src/numbers.ts";
import { mean } from "../../../../src/spread.ts";
import { METHODS, optionsOf, pointsOf, resultsOf, rightOf, SEEDS, sampledOf, testOf } from "../../accuracy.ts";
import { cell, ofSameSeeds } from "../../cells.ts";
import { circumstances } from "../../finished.ts";
import { markdown } from "../../markdown.ts";
import { minilm, taskFile } from "../../tasks.ts";
import type { Work } from "../work.ts";
import { keyOf, type MapName, type MemoryLine, openLines, type TaskLine, type TaskPlace } from "./lines.ts";
import { LAST, measureMemory, SIZES, TOKENS, WAYS } from "./memory.ts";

const TASKS = ["sst2", "trec"] as const;
const MAPS: readonly MapName[] = ["softmax", "relu"];
const TRANSFER = { transferSteps: 400, transferLearningRate: 0.01 };
/** The texts over which divergences are measured. */
const TEXTS = 64;
/** Zhang et al. 2024 report more than this share of the quality, in percent. */
const CLAIMED = 99;

/** The map that the claim is about before the other one, and masks last. */
const PLACES: readonly TaskPlace[] = [
  ...MAPS.flatMap((map) =>
    SEEDS.flatMap((seed) => TASKS.map((task): TaskPlace => ({ what: "task", task, map, method: "finetune", seed }))),
  ),
  ...SEEDS.map((seed): TaskPlace => ({ what: "task", task: "sst2", map: "softmax", method: "mask", seed })),
];

async function trained(place: TaskPlace): Promise<TaskLine> {
  const { task, map, method, seed } = place;
  const start = performance.now();
  // As on the page on accuracy, but for the maps.
  const setting = method === "finetune" ? resultsOf(task, "finetuned")[0]!.setting : METHODS.masked[0];
  const options = optionsOf({ task, setting: { ...setting, linearAttention: { map, ...TRANSFER } }, seed });
  const result = await cell("recurrence", `${task}-${method}-${map}-${seed}`, options);
  const measured = circumstances(start);
  const adaptation = await readAdaptation(result.adaptation);
  const divergence = await divergenceOf({ adaptation, texts: await textsOf(task), model: minilm(), device: "cpu" });
  const { before, after } = divergence!;
  return { ...place, right: await rightOf(result), before: meanOf(before), after: meanOf(after), ...measured };
}

/** Texts of a task's validation split. */
async function textsOf(task: TaskLine["task"]): Promise<string[]> {
  const { splits } = await readTask(taskFile(task));
  return splits.validation.slice(0, TEXTS).map((row) => (row as SentenceExample).text);
}

/** What the finished runs of a map on a task keep of finetuning, with as many seeds of both. */
function compared(task: TaskLine["task"], map: MapName, method: TaskLine["method"]) {
  const own = openLines().lines.filter(
    (line): line is TaskLine =>
      line.what === "task" && line.task === task && line.map === map && line.method === method,
  );
  const [runs, against] = ofSameSeeds(own, resultsOf(task, "finetuned"));
  if (!runs.length) return undefined;
  const [ours, theirs] = [mean(runs.map(testOf)), mean(against.map(testOf))];
  return {
    ...{ runs, ours, theirs, kept: (100 * ours) / theirs },
    difference: differenceOf(runs.map(sampledOf), against.map(sampledOf)),
  };
}

function taskRows(): string[][] {
  const rows: string[][] = [];
  for (const task of TASKS)
    for (const map of MAPS)
      for (const method of ["finetune", "mask"] as const) {
        const found = compared(task, map, method);
        if (!found) continue;
        const { runs, ours, theirs, kept, difference } = found;
        rows.push([
          ...[task, map, method === "mask" ? "masked" : "finetuned", String(runs.length)],
          ...[theirs.toFixed(1), ours.toFixed(1), kept.toFixed(1), pointsOf(difference)],
          ...[mean(runs.map(({ before }) => before)).toFixed(3), mean(runs.map(({ after }) => after)).toFixed(3)],
        ]);
      }
  return rows;
}

function memoryRows(): string[][] {
  const lines = openLines();
  return WAYS.flatMap((way) => {
    const found = TOKENS.map((tokens) => lines.find(keyOf({ what: "memory", way, tokens })) as MemoryLine);
    if (!found.every(Boolean)) return [];
    const name = way === "attention" ? "softmax attention, cached" : `recurrence, map ${way}`;
    return [
      [name, "kept", ...found.map(({ kept }) => bytes(kept))],
      [name, "peak", ...found.map(({ peak }) => bytes(peak))],
      [name, "tokens a second", ...found.map(({ pace }) => String(pace))],
    ];
  });
}

function section(): string[] {
  const tasks = taskRows();
  const memory = memoryRows();
  const lines = openLines();
  const missing = PLACES.filter((place) => !lines.find(keyOf(place)));
  const { layers, hiddenSize, heads } = SIZES;
  return [
    `all-MiniLM-L6-v2 with the examples, epochs and settings of [results.md](results.md), whose finetuned runs are the reference. The maps are first trained for ${TRANSFER.transferSteps} steps (learning rate ${TRANSFER.transferLearningRate}) against the softmax weights of the pretrained model, then the run finetunes, or masks, with them. Kept: the share of the reference's mean test accuracy. The difference is in points, with the 95 % interval of a paired bootstrap over the test examples. Divergence: KL(softmax ‖ linear) in nats, the mean over layers, heads and the tokens of ${TEXTS} validation texts, before the first step and with the finished run's weights and maps.`,
    "",
    ...markdown(
      [
        "task",
        "map",
        "run",
        "seeds",
        "reference, %",
        "linear, %",
        "kept, %",
        "difference",
        "divergence before",
        "after",
      ],
      tasks,
    ),
    "",
    ...(missing.length ? [`Not finished: ${missing.length} of ${PLACES.length} runs.`, ""] : []),
    `A Llama of ${layers} layers, hidden size ${hiddenSize} and ${heads} heads with random weights generates one text. Kept: what it stores of the previous tokens; peak: the most memory that the process used beyond what it used before the first token; tokens a second: over the last ${LAST} tokens.`,
    "",
    ...markdown(["way", "", ...TOKENS.map((tokens) => `${tokens.toLocaleString("en")} tokens`)], memory),
  ];
}

function verdict() {
  const found = TASKS.map((task) => ({ task, own: compared(task, "softmax", "finetune") }));
  if (!found.every(({ own }) => own?.runs.length === SEEDS.length)) return undefined;
  const shares = found.map(({ own }) => own!.kept);
  const result = found.map(({ task, own }) => `${own!.kept.toFixed(1)} % on ${task}`).join(", ");
  return { result, held: shares.every((share) => share > CLAIMED) ? "yes" : "no" };
}

export const recurrence: Work = {
  name: "recurrence",
  title: "Attention to recurrence",
  source:
    "[Kasai et al. 2021](https://arxiv.org/abs/2103.13076), [Zhang et al. 2024](https://arxiv.org/abs/2402.04347)",
  command: "masklens train --linear-attention map=softmax",
  page: "run page, and tab *Attention* of a mask",
  claim: "over 99 % of the quality on finetuned BERT (Zhang et al. 2024), and constant memory in generation",
  async measure() {
    const lines = openLines();
    await measureMemory(lines);
    for (const place of PLACES) if (!lines.find(keyOf(place))) lines.add(await trained(place));
  },
  section,
  verdict,
};
