// npm run bench ablation [page]: what each part of the recommended recipe contributes: the masks of docs/results.md with one
// part taken away at a time, on the same rows, epochs and seed. Finished cells are in docs/ablation.jsonl and are not
// trained again. Writes docs/ablation.md; `page` trains nothing and writes what is finished.

import { writeFileSync } from "node:fs";
import { differenceOf } from "../../../src/adaptation/paired.ts";
import type { Interval } from "../../../src/mask/metadata.ts";
import type { RunOptions } from "../../../src/recipe/options.ts";
import { mean } from "../../../src/spread.ts";
import { AUXILIARY, EPOCHS, optionsOf, pointsOf, ROWS, resultsOf, rightOf, sampledOf, testOf } from "../accuracy.ts";
import { cell } from "../cells.ts";
import { Finished, PROCESSOR } from "../finished.ts";
import { markdown } from "../markdown.ts";

const TASKS = ["sst2", "trec"] as const;
type AblationTask = (typeof TASKS)[number];
const SEED = 1;

/** What is changed in the recipe, in the order in which it is trained. */
const CHANGES = {
  "nothing trained beside the mask but the classifier, at the scores' rate": { auxiliary: null },
  "no mask: only LayerNorms, biases and classifier trained": {
    ...{ method: "pattern", pattern: AUXILIARY.parameters, learningRate: AUXILIARY.learningRate },
    ...{ auxiliary: null, initialMask: undefined, layers: undefined, classifier: undefined },
  },
  "uniform initial scores": { initialMask: "uniform" },
  "classifier masked": { classifier: "masked" },
  "constant learning rates": { schedule: "constant", auxiliary: { ...AUXILIARY, schedule: "constant" } },
  "all layers but the lowest": { layers: "1-5" },
} as const satisfies Record<string, Partial<RunOptions> | Readonly<Record<string, unknown>>>;
type Change = keyof typeof CHANGES;
const PLACES = (Object.keys(CHANGES) as Change[]).flatMap((change) => TASKS.map((task) => ({ task, change })));

interface Cell {
  readonly task: AblationTask;
  readonly change: Change;
  /** The best validation accuracy, a share. */
  readonly validation: number;
  /** One digit for each test example, in order: 1 where the prediction is right. */
  readonly right: string;
  readonly processor: string;
}

const keyOf = ({ task, change }: Pick<Cell, "task" | "change">) => `${task}-${change}`.replaceAll(/[ ,:]+/g, "-");
const finishedCells = () => new Finished<Cell>("docs/ablation.jsonl", keyOf);

export async function benchAblation([word]: readonly string[]): Promise<void> {
  const finished = finishedCells();
  if (word !== "page")
    for (const place of PLACES) {
      if (finished.find(keyOf(place))) continue;
      finished.add(await trained(place));
      writeFileSync("docs/ablation.md", ablationPage(finished));
    }
  writeFileSync("docs/ablation.md", ablationPage(finished));
}

/** The run of docs/results.md with the same seed. */
const wholeOf = (task: AblationTask) => resultsOf(task, "masked").find(({ seed }) => seed === SEED)!;

async function trained({ task, change }: Pick<Cell, "task" | "change">): Promise<Cell> {
  const setting = { ...wholeOf(task).setting, ...CHANGES[change] } as Partial<RunOptions>;
  const result = await cell("ablation", keyOf({ task, change }), optionsOf({ task, setting, seed: SEED }));
  const validation = (result.validation.accuracy as Interval).value;
  return { task, change, validation, right: await rightOf(result), processor: PROCESSOR };
}

export function ablationPage(finished = finishedCells()): string {
  const texts = (task: AblationTask, change: Change): string[] => {
    const found = finished.find(keyOf({ task, change }));
    if (!found) return ["not finished", ""];
    const difference = differenceOf([sampledOf(found)], [sampledOf(wholeOf(task))]);
    return [testOf(found).toFixed(1), pointsOf(difference)];
  };
  const meanOf = (change: Change): string => {
    const cells = TASKS.flatMap((task) => finished.find(keyOf({ task, change })) ?? []);
    return cells.length === TASKS.length
      ? mean(cells.map((found) => testOf(found) - testOf(wholeOf(found.task)))).toFixed(1)
      : "";
  };
  const rows = (Object.keys(CHANGES) as Change[]).map((change) => [
    change,
    ...TASKS.flatMap((task) => texts(task, change)),
    meanOf(change),
  ]);
  const missing = PLACES.filter((place) => !finished.find(keyOf(place))).length;
  const whole = ["the recipe", ...TASKS.flatMap((task) => [testOf(wholeOf(task)).toFixed(1), ""]), ""];
  const counts = TASKS.map((task) => `${ROWS[task].toLocaleString("en")} examples, ${EPOCHS[task]} epochs (${task})`);
  const processors = [...new Set(finished.lines.map(({ processor }) => processor))];
  return [
    "# What each part of the recommended recipe contributes",
    "",
    `Made by \`npm run bench ablation\`: the masks of [results.md](results.md) (all-MiniLM-L6-v2, ${counts.join("; ")}, seed ${SEED}) with one part changed at a time. Test accuracy in percent, and beside it the difference from the recipe in points, with the 95 % interval of a paired bootstrap over the test examples; one seed, so the intervals do not show how runs vary. No choice was made by these numbers. Processor: ${processors.join("; ") || "none yet"}.`,
    "",
    ...markdown(["changed", ...TASKS.flatMap((task) => [task, "difference"]), "mean difference"], [whole, ...rows]),
    "",
    ...(missing
      ? [`Not finished: ${missing} of ${PLACES.length} runs; \`npm run bench ablation\` continues.`, ""]
      : []),
  ].join("\n");
}
