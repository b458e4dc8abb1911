// Sweeps in a study: how the metric varies with an option that is a number, and with the layers that are masked.

import { fixed } from "../../numbers.ts";
import { type Group, type GroupOption, groupNames } from "../groups.ts";
import type { ReportSection } from "./document.ts";
import { lineChart, type Series } from "./line-chart.ts";
import { percent, spreadText } from "./text.ts";

/** More series than this are in the table alone. */
const MOST_SERIES = 8;

/** A value of the swept option: its place on the axis and its text. */
interface Step {
  readonly x: number;
  readonly text: string;
}

/** A series: the groups that differ only in the swept option, at least two, ordered by it. */
interface Sweep {
  readonly name: string;
  readonly steps: readonly (Step & { readonly group: Group })[];
}

const CLAIMS: Readonly<Record<string, string>> = {
  sparsity: "moderate initial sparsities, of 3 to 10 %, work best; large ones hurt.",
  layers:
    "with the same number of masked layers, masking from the top layer down works better than masking from the bottom layer up.",
};
const WAYS = ["top down", "bottom up"];
const AXES: Readonly<Record<string, string>> = { layers: "masked layers" };

/** Options that are numbers and no quantities. */
const NO_QUANTITIES = ["seed", "maskSeed", "permuteLabels", "checkpointEvery"];

/**
 * A section for each numeric option that varies, and for the layers of the groups in `masking`; `layersOf`: those that a group masks,
 * and how many its model has.
 */
export function sweepSections(
  groups: readonly Group[],
  masking: readonly Group[],
  layersOf: (group: Group) => { readonly chosen: ReadonlySet<number>; readonly count: number },
): ReportSection[] {
  const known = groups.filter(({ test }) => test);
  const masked = masking.filter(({ test }) => test);
  const names = new Set(known.flatMap(({ options }) => Object.keys(options)));
  const swept = [...names].filter((name) => !NO_QUANTITIES.includes(name));
  return swept.flatMap((name) => {
    const sweeps =
      name === "layers"
        ? WAYS.flatMap((way) => sweepsOf(masked, name, way, (group) => depth(layersOf(group), way)))
        : sweepsOf(known, name, "", ({ options }) => numeric(options[name]));
    return sweeps.length ? [sweepSection(name, sweeps)] : [];
  });
}

const numeric = (value: GroupOption | undefined): Step | undefined =>
  typeof value === "number" ? { x: value, text: String(value) } : undefined;

/** How many layers are masked, if they are the highest or the lowest ones of the model. */
function depth(
  { chosen, count }: { readonly chosen: ReadonlySet<number>; readonly count: number },
  way: string,
): Step | undefined {
  const layers = [...chosen].sort((a, b) => a - b);
  const from = way === "top down" ? count - layers.length : 0;
  return layers.every((layer, i) => layer === from + i) ? { x: layers.length, text: String(layers.length) } : undefined;
}

function sweepsOf(
  groups: readonly Group[],
  name: string,
  way: string,
  stepOf: (group: Group) => Step | undefined,
): Sweep[] {
  const families = new Map<string, { readonly group: Group; readonly step: Step }[]>();
  for (const group of groups) {
    const step = stepOf(group);
    if (!step) continue;
    const { model, task, method, options } = group;
    const rest = JSON.stringify([model, task, method, Object.entries(options).filter(([other]) => other !== name)]);
    families.set(rest, [...(families.get(rest) ?? []), { group, step }]);
  }
  const nameOf = groupNames(groups);
  return [...families.values()].flatMap((family) => {
    if (new Set(family.map(({ step }) => step.x)).size < 2) return [];
    const { options, ...first } = family[0]!.group;
    const shared = Object.fromEntries(Object.entries(options).filter(([other]) => other !== name));
    const named = nameOf({ ...first, options: shared });
    const steps = family.map(({ group, step }) => ({ ...step, group })).sort((a, b) => a.x - b.x);
    return [{ name: way ? `${named}, ${way}` : named, steps }];
  });
}

function sweepSection(name: string, sweeps: readonly Sweep[]): ReportSection {
  const axis = AXES[name] ?? name;
  const alt = `Test metric in percent against ${axis}, one curve for each series`;
  const series = sweeps.map(
    (sweep): Series => ({
      name: sweep.name,
      points: sweep.steps.map(({ x, group: { test } }) => ({
        ...{ x, y: 100 * test!.mean, deviation: test!.deviation === null ? null : 100 * test!.deviation },
      })),
    }),
  );
  const single = sweeps.every(({ steps }) => steps.every(({ group }) => group.test!.n === 1));
  return {
    id: `sweep-${name.toLowerCase()}`,
    title: name === "layers" ? "Masked layers" : `Sweep of ${name}`,
    // The claim on layers compares both ways.
    claim:
      name === "layers" && !WAYS.every((way) => sweeps.some((sweep) => sweep.name.endsWith(way)))
        ? null
        : (CLAIMS[name] ?? null),
    text: [
      `Groups that differ only in ${axis} are one series. ${single ? "Each value is one seed, so that small differences do not decide." : "Mean ± sample standard deviation over seeds; differences within them do not decide."}`,
      ...(name === "sparsity"
        ? [
            "The initial sparsity also scales the initial scores, unless the scale was fixed, so such a sweep changes both.",
          ]
        : []),
      ...(series.length > MOST_SERIES
        ? [`${series.length} series are too many for a figure; the table has them.`]
        : []),
    ],
    table: {
      caption: `Validation and test metric against ${axis}, in percent`,
      header: ["series", axis, "n", "metric", "validation", "test", "sparsity"],
      rows: sweeps.flatMap((sweep) =>
        sweep.steps.map(({ text, group }) => [
          ...[sweep.name, text, `${group.test!.n} of ${group.cells.length}`, group.metric ?? "–"],
          ...[group.validation, group.test, group.sparsity].map((spread) => spreadText(spread, percent)),
        ]),
      ),
    },
    figure:
      series.length <= MOST_SERIES
        ? { alt, svg: lineChart(series, { x: axis, y: "test, %", tick: (x) => String(Number(fixed(x, 6))) }, alt) }
        : null,
  };
}
