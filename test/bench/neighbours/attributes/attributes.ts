// Attributes in adapters: synthetic annotators whose ceiling and plateau are known, and a real attribute.

import type { Adapters } from "../../../../src/anatomy/additions.ts";
import { addedTensors } from "../../../../src/model/additions/additions.ts";
import { readConfig } from "../../../../src/model/config.ts";
import { spreadOf } from "../../../../src/spread.ts";
import { sizeOf } from "../../../../src/tensor.ts";
import { cell } from "../../cells.ts";
import { circumstances, Finished } from "../../finished.ts";
import { markdown } from "../../markdown.ts";
import type { Work } from "../work.ts";
import { REAL_FORMS, type RealCell, realCell, realSection } from "./real.ts";
import { boundsOf, expectedOf, taskOf, WORLDS, type World } from "./worlds.ts";

const MODEL = "test/fixtures/models/tiny-bert";
const SEEDS = [1, 2, 3];
/** Points by which accuracies may be below the ceiling, or away from the plateau. */
const WITHIN = 1;
const SIZE = 8;

type WorldName = keyof typeof WORLDS;
/** How the adapters read attributes; null: they read none. */
type Form = Omit<Adapters, "size"> | null;

/** Without attributes; then with them. The first of those decides whether the claim held. */
const FORMS: Record<WorldName, readonly Form[]> = {
  ten: [null, { attributes: "independent" }, { attributes: "joint" }],
  many: [
    null,
    { attributes: "independent", weights: "full" },
    { attributes: "independent", weights: "low-rank", rank: 4 },
    { attributes: "independent", weights: "phm", rank: 4 },
    { attributes: "independent", weights: "full", dropAttributes: 0 },
  ],
};
const SETTINGS = {
  ten: { epochs: 16, batchSize: 64, learningRate: 2e-3, warmup: 100 },
  many: { epochs: 8, batchSize: 512, learningRate: 2e-3, warmup: 100 },
} as const satisfies Record<WorldName, object>;

interface Cell {
  readonly world: WorldName;
  readonly form: Form;
  readonly seed: number;
  /** The share of the test split that is predicted as annotators would say without errors. */
  readonly share: number;
  /** Parameters of attributes. */
  readonly parameters: number;
  readonly seconds: number;
  readonly processor: string;
}

const nameOf = (form: Form) => (form ? Object.entries(form).flat().join("-") : "none");
const keyOf = (line: Pick<Cell, "world" | "form" | "seed"> | Pick<RealCell, "task" | "form" | "seed">) =>
  "task" in line ? `real-${line.task}-${line.form}-${line.seed}` : `${line.world}-${nameOf(line.form)}-${line.seed}`;

const finished = () => new Finished<Cell | RealCell>("docs/neighbours/attributes.jsonl", keyOf);
const linesOf = () => finished().lines;
const cellsOf = (world: WorldName, form: Form) =>
  linesOf().filter(
    (line): line is Cell => "world" in line && line.world === world && nameOf(line.form) === nameOf(form),
  );

async function parametersOf(world: World, form: Form): Promise<number> {
  if (!form) return 0;
  const config = await readConfig(MODEL);
  const count = (values: number) =>
    addedTensors(config, { adapters: { size: SIZE, ...form }, attributeValues: values }).reduce(
      (sum, { shape }) => sum + sizeOf(shape),
      0,
    );
  return count(world.annotators) - count(0);
}

async function measured(name: WorldName, form: Form, seed: number): Promise<Cell> {
  const world: World = WORLDS[name];
  const start = performance.now();
  const { test } = await cell("attributes", keyOf({ world: name, form, seed }), {
    ...{ model: MODEL, task: taskOf(world, seed, form !== null), method: "finetune", seed },
    ...{ adapters: { size: SIZE, ...form }, dropout: 0, schedule: "linear", evaluateEvery: 0, maxLength: 3 },
    ...{ ...SETTINGS[name], device: "cpu" },
  });
  return {
    ...{ world: name, form, seed, share: (test!.accuracy as { value: number }).value },
    parameters: await parametersOf(world, form),
    ...circumstances(start),
  };
}

async function measure(): Promise<void> {
  const lines = finished();
  for (const seed of SEEDS) {
    for (const world of ["ten", "many"] as const)
      for (const form of FORMS[world]) {
        const key = keyOf({ world, form, seed });
        if (!lines.find(key)) lines.add(await measured(world, form, seed));
      }
    for (const form of REAL_FORMS) {
      const key = keyOf({ task: "abstracts", form, seed });
      if (!lines.find(key)) lines.add(await realCell(form, seed));
    }
  }
}

const percent = (share: number) => (100 * share).toFixed(1);
/** Student's t for 95 %, by the degrees of freedom. */
const T: Record<number, number> = { 1: 12.706, 2: 4.303 };

/** The mean expected accuracy in percent over seeds, with its interval. */
function meanOf(cells: readonly Cell[], { noise }: World): { mean: number; text: string } | undefined {
  const spread = spreadOf(cells.map(({ share }) => expectedOf(share, noise)));
  if (!spread) return undefined;
  const half = spread.deviation === null ? null : (T[spread.n - 1]! * spread.deviation) / Math.sqrt(spread.n);
  const interval =
    half === null
      ? "one seed"
      : `${percent(Math.max(0, spread.mean - half))} to ${percent(Math.min(1, spread.mean + half))}`;
  return { mean: spread.mean, text: `${percent(spread.mean)} (${interval})` };
}

const WEIGHTS = { full: "full", "low-rank": "low rank", phm: "PHM" } as const;
function describe(form: Form): string {
  if (!form) return "without attributes";
  const { attributes, weights = "full", rank, dropAttributes = 0.1 } = form;
  const ranked = rank === undefined ? "" : ` ${rank}`;
  return `${attributes}, ${WEIGHTS[weights]}${ranked}${dropAttributes ? "" : ", none dropped"}`;
}

function rowsOf(name: WorldName): string[][] {
  const world: World = WORLDS[name];
  const { ceiling, plateau } = boundsOf(world);
  const full = meanOf(cellsOf(name, FORMS[name][1]!), world);
  return FORMS[name].flatMap((form) => {
    const cells = cellsOf(name, form);
    const found = meanOf(cells, world);
    if (!found) return [];
    const bound = form ? ceiling : plateau;
    const lost = form && full ? (100 * (full.mean - found.mean)).toFixed(1) : "";
    return [
      [
        ...[world.annotators.toLocaleString("en"), describe(form), cells[0]!.parameters.toLocaleString("en")],
        ...[found.text, `${percent(bound)} (${form ? "ceiling" : "plateau"})`],
        ...[(100 * (found.mean - bound)).toFixed(1), lost, String(cells.length)],
      ],
    ];
  });
}

function section(): string[] {
  return [
    "A text is a letter that stands for a score from 0 to 9; an annotator says yes to scores from their own threshold up, and errs at a known rate (10 % for ten annotators with ten thresholds, 400 examples each; 5 % for ten thousand, half of them strict and half lenient, 8 examples each). With the annotator known, no model can be right more often than the ceiling; without, not more often than the plateau. A tiny BERT is finetuned with adapters of size 8. The accuracy is that expected on what annotators say, computed from predictions for a test split without errors; mean over seeds with its 95 % interval (Student's t). Lost: points below full independent weights. In training, 10 % of the attributes are dropped unless stated otherwise.",
    "",
    ...markdown(
      ["annotators", "attributes", "their parameters", "accuracy, %", "bound", "points from it", "lost", "seeds"],
      [...rowsOf("ten"), ...rowsOf("many")],
    ),
    "",
    ...realSection(linesOf().filter((line): line is RealCell => "task" in line)),
  ];
}

function verdict(): ReturnType<Work["verdict"]> {
  const found = (["ten", "many"] as const).flatMap((name) => {
    const world: World = WORLDS[name];
    const { ceiling, plateau } = boundsOf(world);
    const cells = FORMS[name].slice(0, 2).map((form) => cellsOf(name, form));
    const [without, given] = cells.map((own) => meanOf(own, world));
    return without && given && cells.every(({ length }) => length === SEEDS.length)
      ? [{ name, ceiling: 100 * (given.mean - ceiling), plateau: 100 * (without.mean - plateau) }]
      : [];
  });
  if (found.length < 2) return undefined;
  const held = found.every((one) => Math.abs(one.ceiling) <= WITHIN && Math.abs(one.plateau) <= WITHIN);
  const texts = found.map(
    (one) =>
      `${one.name === "ten" ? "ten" : "ten thousand"} annotators: ${one.ceiling.toFixed(1)} points from the ceiling with them, ${one.plateau.toFixed(1)} from the plateau without`,
  );
  return { result: texts.join("; "), held: held ? "yes" : "no" };
}

export const attributes: Work = {
  name: "attributes",
  title: "Attributes in adapters",
  source: "[Amplayo et al. 2021](https://arxiv.org/abs/2109.07953)",
  command: "masklens train --adapters size=64,attributes=independent",
  page: "*Try Text* asks for attributes",
  claim:
    "attributes in adapters raise accuracy, at few parameters by low rank and PHM; ours: within 1 point of the ceiling with attributes and of the plateau without",
  measure,
  section,
  verdict,
};
