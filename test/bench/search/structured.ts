// npm run bench structured [page | latency | TASK …]: accuracy against measured latency where whole attention heads and neurons are pruned, by a
// trained mask or by their norms. Finished cells are in docs/structured.jsonl and are not trained again. Writes
// docs/structured.md; `page` trains nothing and writes what is finished, `latency` measures its latency again.

import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { exportModel } from "../../../src/adaptation/export/export.ts";
import type { Latency } from "../../../src/adaptation/export/latency.ts";
import { differenceOf } from "../../../src/adaptation/paired.ts";
import type { Interval } from "../../../src/mask/metadata.ts";
import type { RunOptions } from "../../../src/recipe/options.ts";
import {
  type Cell as AccuracyCell,
  AUXILIARY,
  BATCH,
  EPOCHS,
  optionsOf,
  pointsOf,
  RESULTS,
  ROWS,
  rightOf,
  sampledOf,
  testOf,
  WARMUP,
} from "../accuracy.ts";
import { cell } from "../cells.ts";
import { Finished } from "../finished.ts";
import { markdown } from "../markdown.ts";
import { CACHE, minilm } from "../tasks.ts";

const TASKS = ["sst2", "trec"] as const;
type StructuredTask = (typeof TASKS)[number];
const SEED = 1;

/** The options of each method at a kept share of the heads and of the neurons. */
const METHODS = {
  mask: (share: number) => ({
    ...{ method: "mask", learningRate: 1e-3, auxiliary: AUXILIARY },
    topK: { share, scope: "kind", schedule: share < 1 ? "cubic" : "constant", hold: 0.3 },
  }),
  magnitude: (share: number) => ({
    ...{ method: "finetune", learningRate: 1e-4 },
    fixedMask: { by: "magnitude", sparsity: 1 - share },
  }),
} as const satisfies Record<string, (share: number) => Partial<RunOptions>>;
type Method = keyof typeof METHODS;

/** In the order in which they are trained. */
const PLACES: readonly (readonly [Method, number])[] = [
  ["mask", 0.5],
  ["mask", 0.25],
  ["magnitude", 0.5],
  ["mask", 0.75],
  ["mask", 1],
  ["magnitude", 0.25],
];
const SHARES = [1, 0.75, 0.5, 0.25];

interface Cell {
  readonly task: StructuredTask;
  readonly method: Method;
  readonly share: number;
  /** One digit for each test example, in order: 1 where the prediction is right. */
  readonly right: string;
  /** The pruned ONNX model's share of the whole model's parameters, and its latency beside the whole model's. */
  readonly parameters: number;
  readonly latency: Latency | null;
}

const keyOf = ({ task, method, share }: Pick<Cell, "task" | "method" | "share">) => `${task}-${method}-${100 * share}`;
const finishedCells = () => new Finished<Cell>("docs/structured.jsonl", keyOf);

export async function benchStructured(words: readonly string[]): Promise<void> {
  const finished = finishedCells();
  const tasks = TASKS.filter((task) => !words.length || words.includes(task)); // none for the other words
  if (words[0] === "latency") for (const line of finished.lines) finished.add({ ...line, ...(await exported(line)) });
  for (const [method, share] of PLACES)
    for (const task of tasks) {
      const place = { task, method, share };
      if (finished.find(keyOf(place))) continue;
      finished.add(await trained(place));
      writeFileSync("docs/structured.md", structuredPage(finished));
    }
  writeFileSync("docs/structured.md", structuredPage(finished));
}

type Place = Pick<Cell, "task" | "method" | "share">;

/** The adaptation of a cell, from the cache or trained now. */
async function adaptationOf(place: Place): Promise<string> {
  const { task, method, share } = place;
  const setting = { ...METHODS[method](share), units: "heads-and-neurons", layers: "all", schedule: "linear" } as const;
  const options = optionsOf({ task, setting, seed: SEED });
  return (await cell("structured", keyOf(place), options)).adaptation;
}

/** What pruning its export brings. */
async function exported(place: Place): Promise<Pick<Cell, "parameters" | "latency">> {
  const adaptation = await adaptationOf(place);
  const out = path.resolve(CACHE, "structured", `${keyOf(place)}-pruned`);
  rmSync(out, { recursive: true, force: true });
  const { pruned } = await exportModel({ adaptation, model: minilm(), out, format: "onnx", prune: true });
  const { before, after } = pruned!.parameters;
  return { parameters: after / before, latency: pruned!.latency };
}

async function trained(place: Place): Promise<Cell> {
  const right = await rightOf({ adaptation: await adaptationOf(place) });
  return { ...place, right, ...(await exported(place)) };
}

const percent = (share: number) => (100 * share).toFixed(1);
const ratioOf = ({ ratio: { value, low, high } }: Latency) =>
  `${value.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;

/** Full finetuning on the same examples, with as many epochs, from docs/results.jsonl. */
function finetunedOn(task: StructuredTask): AccuracyCell | undefined {
  const known = new Finished<AccuracyCell>(RESULTS, (line) => JSON.stringify(line));
  return known.lines.find(
    ({ task: of, method, setting, seed, epochs }) =>
      of === task && method === "finetuned" && !setting.pooling && seed === SEED && epochs === EPOCHS[task],
  );
}

function tableOf(finished: Finished<Cell>, task: StructuredTask): string[] {
  const find = (method: Method, share: number) => finished.find(keyOf({ task, method, share }));
  const rows = SHARES.flatMap((share) => {
    const [mask, magnitude] = [find("mask", share), find("magnitude", share)];
    const shown = mask ?? magnitude;
    if (!shown) return [];
    return [
      [
        `${100 * share} %`,
        mask ? testOf(mask).toFixed(1) : "",
        magnitude ? testOf(magnitude).toFixed(1) : "",
        mask && magnitude ? pointsOf(differenceBetween(mask, magnitude)) : "",
        percent(shown.parameters),
        shown.latency ? ratioOf(shown.latency) : "",
        shown.latency ? (1000 * shown.latency.after).toFixed(0) : "",
      ],
    ];
  });
  return markdown(
    [`${task}: kept`, "mask", "magnitude, finetuned", "difference", "parameters, %", "latency, times", "ms"],
    rows,
  );
}

const differenceBetween = (mask: Pick<Cell, "right">, other: Pick<Cell, "right">): Interval =>
  differenceOf([sampledOf(mask)], [sampledOf(other)]);

/** One sentence for each share with both methods. */
function verdicts(finished: Finished<Cell>): string[] {
  const lines = TASKS.flatMap((task) =>
    SHARES.flatMap((share) => {
      const [mask, other] = (["mask", "magnitude"] as const).map((method) =>
        finished.find(keyOf({ task, method, share })),
      );
      if (!mask || !other) return [];
      const { value, low, high } = differenceBetween(mask, other);
      const points = Math.abs(100 * value).toFixed(1);
      const isClear = low !== null && high !== null && (low > 0 || high < 0);
      const way = value < 0 ? "worse" : "better";
      return [
        `- ${task}, ${100 * share} % kept: the mask is ${points} points ${way} than magnitude${isClear ? "" : "; the interval includes 0"}.`,
      ];
    }),
  );
  return lines.length ? ["The trained choice beside the choice by norms:", "", ...lines, ""] : [];
}

export function structuredPage(finished = finishedCells()): string {
  const { lines } = finished;
  const missing = PLACES.flatMap(([method, share]) =>
    TASKS.filter((task) => !finished.find(keyOf({ task, method, share }))).map(
      (task) => `${task} ${method} ${100 * share} %`,
    ),
  );
  const processors = [
    ...new Set(
      lines.flatMap(({ latency }) =>
        latency ? [`${latency.processor}, ${latency.processors} logical processors`] : [],
      ),
    ),
  ];
  const length = lines.find(({ latency }) => latency)?.latency?.length;
  const full = TASKS.flatMap((task) => {
    const known = finetunedOn(task);
    return known ? [`${task} ${testOf(known).toFixed(1)}`] : [];
  });
  return [
    "# Accuracy against latency with whole heads and neurons pruned",
    "",
    `Made by \`npm run bench structured\`: all-MiniLM-L6-v2, at most ${ROWS.sst2.toLocaleString("en")} training examples, batches of ${BATCH}, ${TASKS.map((task) => `${task} ${EPOCHS[task]} epochs`).join(", ")}, seed ${SEED}; learning rates rise in the first ${100 * WARMUP} % of the steps and then fall linearly. The heads of all layers compete, and so do the neurons of all layers; the share of each that is kept falls from 100 % (cubic) and is final for the last 30 % of the steps. Test accuracy in percent, of the evaluation with the best validation accuracy at the final share.`,
    "",
    "*Mask*: `--units heads-and-neurons --top-k share=…,scope=kind`, scores that start equal, and the LayerNorms, all biases and the classifier trained beside them; the other weights stay as they were pretrained. *Magnitude, finetuned*: `--units heads-and-neurons --method finetune --fixed-mask by=magnitude`: in each layer the heads and neurons with the smallest norms are pruned before training, and all other weights are trained, so its file has every remaining weight. The difference is in points, with the 95 % interval of a paired bootstrap over the test examples; it does not cover seeds.",
    "",
    `*Parameters* are what \`masklens export --format onnx --prune\` leaves of the model's (embeddings included, which stay whole). *Latency* is that of the pruned model in ONNX Runtime, for one example${length ? ` of ${length} tokens` : ""}, divided by that of the whole model: the median of alternating pairs in one run, with the middle half in brackets. It is that of the mask, or of magnitude where there is no mask. The machine was shared, so milliseconds are rough. Processor: ${processors.join("; ") || "none yet"}.`,
    "",
    ...(full.length
      ? [
          `Finetuning of the whole model on the same examples with as many epochs ([results.md](results.md), seed ${SEED}): ${full.join(", ")}.`,
          "",
        ]
      : []),
    ...TASKS.flatMap((task) => [...tableOf(finished, task), ""]),
    ...verdicts(finished),
    ...(missing.length ? [`Not finished: ${missing.join(", ")}; \`npm run bench structured\` continues.`, ""] : []),
  ].join("\n");
}
