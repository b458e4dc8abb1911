// Sweeps in a study: how the metric varies with an option that is a number, and with the layers that are masked.

import { fixed } from "../../numbers.ts";
import { type Group, groupNames } from "../groups.ts";
import type { ReportSection } from "./document.ts";
import { lineChart, type Series } from "./line-chart.ts";
import { axisOf, resultCells, unitText } from "./text.ts";

/** More series than this are in the table alone. */
const MOST_SERIES = 8;

const WAYS = ["top down", "bottom up"] as const;
type Way = (typeof WAYS)[number];

/** A series: the groups that differ only in the swept option, at least two, ordered by its value `x`. */
interface Sweep {
  readonly name: string;
  /** From which end layers are masked; null in other sweeps. */
  readonly way: Way | null;
  readonly steps: readonly { readonly x: number; readonly group: Group }[];
}

/** The layers that a group masks, and how many its model has. */
interface MaskedLayers {
  readonly chosen: ReadonlySet<number>;
  readonly count: number;
}

const CLAIMS: Readonly<Record<string, string>> = {
  sparsity: "moderate initial sparsities, of 3 to 10 %, work best; large ones hurt.",
  layers:
    "with the same number of masked layers, masking from the top layer down works better than masking from the bottom layer up.",
};
const AXES: Readonly<Record<string, string>> = { layers: "masked layers" };

/** Options that are numbers and no quantities. */
const NO_QUANTITIES = ["seed", "maskSeed", "permuteLabels", "checkpointEvery"];

/** A section for each numeric option that varies, and for masked layers; `layersOf`: undefined of a group that masks none. */
export function sweepSections(
  groups: readonly Group[],
  layersOf: (group: Group) => MaskedLayers | undefined,
): ReportSection[] {
  const known = groups.filter(({ test }) => test);
  const names = new Set(known.flatMap(({ options }) => Object.keys(options)));
  const swept = [...names].filter((name) => !NO_QUANTITIES.includes(name));
  return swept.flatMap((name) => {
    const sweeps =
      name === "layers"
        ? WAYS.flatMap((way) => sweepsOf(known, name, way, (group) => depth(layersOf(group), way)))
        : sweepsOf(known, name, null, ({ options: { [name]: value } }) =>
            typeof value === "number" ? value : undefined,
          );
    return sweeps.length ? [sweepSection(name, sweeps)] : [];
  });
}

/** How many layers are masked, if they are the highest or the lowest ones of the model. */
function depth(layers: MaskedLayers | undefined, way: Way): number | undefined {
  if (!layers) return undefined;
  const chosen = [...layers.chosen].sort((a, b) => a - b);
  const from = way === "top down" ? layers.count - chosen.length : 0;
  return chosen.every((layer, i) => layer === from + i) ? chosen.length : undefined;
}

function sweepsOf(
  groups: readonly Group[],
  name: string,
  way: Way | null,
  measure: (group: Group) => number | undefined,
): Sweep[] {
  const families = new Map<string, Sweep["steps"]>();
  for (const group of groups) {
    const x = measure(group);
    if (x === undefined) continue;
    const { model, task, method, options } = group;
    const rest = JSON.stringify([model, task, method, Object.entries(options).filter(([other]) => other !== name)]);
    families.set(rest, [...(families.get(rest) ?? []), { x, group }]);
  }
  const nameOf = groupNames(groups);
  return [...families.values()].flatMap((family) => {
    if (new Set(family.map(({ x }) => x)).size < 2) return [];
    const { options, ...first } = family[0]!.group;
    const shared = Object.fromEntries(Object.entries(options).filter(([other]) => other !== name));
    const named = nameOf({ ...first, options: shared });
    return [{ name: way ? `${named}, ${way}` : named, way, steps: family.toSorted((a, b) => a.x - b.x) }];
  });
}

function sweepSection(name: string, sweeps: readonly Sweep[]): ReportSection {
  const axis = AXES[name] ?? name;
  const groups = sweeps.flatMap(({ steps }) => steps.map(({ group }) => group));
  const scale = axisOf(groups);
  const factor = scale?.factor ?? 1;
  const alt = `Test metric${factor === 100 ? " in percent" : ""} against ${axis}, one curve for each series`;
  const series = sweeps.map(
    (sweep): Series => ({
      name: sweep.name,
      points: sweep.steps.map(({ x, group: { test } }) => ({
        ...{ x, y: factor * test!.mean, deviation: test!.deviation === null ? null : factor * test!.deviation },
      })),
    }),
  );
  const single = sweeps.every(({ steps }) => steps.every(({ group }) => group.test!.n === 1));
  return {
    id: `sweep-${name.toLowerCase()}`,
    title: name === "layers" ? "Masked layers" : `Sweep of ${name}`,
    // The claim on layers compares both ways.
    claim:
      name !== "layers" || WAYS.every((way) => sweeps.some((sweep) => sweep.way === way))
        ? (CLAIMS[name] ?? null)
        : null,
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
      caption: `Validation and test metric against ${axis}, ${unitText(groups)}`,
      header: ["series", axis, "n", "metric", "validation", "test", "sparsity"],
      rows: sweeps.flatMap((sweep) =>
        sweep.steps.map(({ x, group }) => [
          ...[sweep.name, String(x), `${group.test!.n} of ${group.cells.length}`, group.metric ?? "–"],
          ...resultCells(group),
        ]),
      ),
    },
    figure:
      scale && series.length <= MOST_SERIES
        ? { alt, svg: lineChart(series, { x: axis, y: scale.title, tick: (x) => String(Number(fixed(x, 6))) }, alt) }
        : null,
  };
}
