// A real attribute: where in its abstract a sentence is, which says much about the sentence's role (CSAbstruct, Cohan et al. 2019).

import path from "node:path";
import { differenceOf } from "../../../../src/adaptation/paired.ts";
import { grouped } from "../../../../src/numbers.ts";
import { mean } from "../../../../src/spread.ts";
import { pointsOf, rightOf, sampledOf, testOf } from "../../accuracy.ts";
import { cell, ofSameSeeds } from "../../cells.ts";
import { circumstances, linesIn } from "../../finished.ts";
import { markdown } from "../../markdown.ts";
import { CACHE, minilm, writeTask } from "../../tasks.ts";

const FOLDER = "media/sample/tasks/abstracts";
/** At most so many sentences of each split, the first of its file. */
const MOST = { train: 600, validation: 200, test: 1000 } as const;
/** An abstract's sentences are in as many parts of equal length. */
const PARTS = 10;
const EPOCHS = 10;

export const REAL_FORMS = ["without", "with"] as const;
type Form = (typeof REAL_FORMS)[number];

export interface RealCell {
  readonly task: "abstracts";
  readonly form: Form;
  readonly seed: number;
  /** One digit for each test example, in order: 1 where the prediction is right. */
  readonly right: string;
  readonly seconds: number;
  readonly processor: string;
}

/** Writes single sentences with their positions, and a task over them. */
function taskOf(form: Form): string {
  const splits = Object.entries(MOST).map(([split, most]) => {
    const rows = linesIn<{ sentences: string[]; labels: string[] }>(path.join(FOLDER, `${split}.jsonl`)).flatMap(
      ({ sentences, labels }) => {
        const position = (i: number) => String(Math.floor((PARTS * i) / sentences.length));
        return sentences.map((text, i) => ({ text, label: labels[i], position: position(i) }));
      },
    );
    return [split, rows.slice(0, most)] as const;
  });
  return writeTask(path.resolve(CACHE, "attributes", "abstracts"), form, Object.fromEntries(splits), {
    kind: "sentence",
    ...(form === "with" && { attributes: { position: "position" } }),
  });
}

export async function realCell(form: Form, seed: number): Promise<RealCell> {
  const start = performance.now();
  const result = await cell("attributes", `abstracts-${form}-${seed}`, {
    ...{ model: minilm(), task: taskOf(form), method: "pattern", pattern: "layernorm-only", seed },
    ...{ adapters: { size: 16 }, pooling: "mean", epochs: EPOCHS, batchSize: 32, maxLength: 48 },
    ...{ learningRate: 1e-3, schedule: "linear", dropout: 0, evaluateEvery: 0, device: "cpu" },
  });
  return {
    ...{ task: "abstracts", form, seed, right: await rightOf(result) },
    ...circumstances(start),
  };
}

/** The part of the page on real data, from what is finished; only seeds with both forms are compared. */
export function realSection(cells: readonly RealCell[]): string[] {
  const of = (form: Form) => cells.filter((one) => one.form === form);
  const [without, given] = ofSameSeeds(of("without"), of("with"));
  if (!without.length) return [];
  const meanText = (cells: readonly RealCell[]) => mean(cells.map(testOf)).toFixed(1);
  const difference = differenceOf(given.map(sampledOf), without.map(sampledOf));
  const helps = difference.low !== null && difference.low > 0;
  const hurts = difference.high !== null && difference.high < 0;
  const effect = helps ? "helps" : hurts ? "hurts" : "makes no difference that these examples can show";
  return [
    `Real data: the role of single sentences of abstracts, with their position in the abstract (one of ${PARTS} parts) as the attribute, over all-MiniLM-L6-v2, of which the LayerNorms, adapters of size 16 and the classifier are trained for ${EPOCHS} epochs; ${grouped(MOST.train)} training and ${grouped(MOST.test)} test sentences. The interval of the difference is that of a paired bootstrap over the test sentences. The attribute ${effect}.`,
    "",
    ...markdown(
      ["attribute", "accuracy without, %", "accuracy with, %", "difference, points", "seeds"],
      [["position in the abstract", meanText(without), meanText(given), pointsOf(difference), String(without.length)]],
    ),
  ];
}
