// The table of what a mask keeps whose units are attention heads and neurons.

import { layerNumber, type Stacks } from "../../anatomy/layers.ts";
import type { UnitCount } from "../../mask/statistics.ts";
import { grouped } from "../../numbers.ts";
import { table } from "./table.ts";

const UNITS = ["head", "cross-attention head", "neuron"] as const satisfies readonly UnitCount["unit"][];

/** How many heads and neurons are kept, in each layer and in all, and which heads are off. */
export function unitsTable(units: readonly UnitCount[], stacks: Stacks): string {
  const of = (counts: readonly UnitCount[], unit: UnitCount["unit"]) => {
    const [kept, all] = (["kept", "all"] as const).map((key) =>
      counts.filter((count) => count.unit === unit).reduce((total, count) => total + count[key], 0),
    );
    return all ? `${grouped(kept!)} of ${grouped(all)}` : "";
  };
  const columns = UNITS.filter((unit) => unit !== "cross-attention head" || units.some((count) => count.unit === unit));
  const layers = [...new Set(units.map(({ layer }) => layer))].sort((a, b) => b - a);
  const rows = [
    ...layers.map((layer) => {
      const inLayer = units.filter((count) => count.layer === layer);
      const off = inLayer.flatMap(({ unit, off }) => off.map((head) => `H${head}${unit === "head" ? "" : " (cross)"}`));
      return [`layer ${layerNumber(layer, stacks)}`, ...columns.map((unit) => of(inLayer, unit)), off.join(" ")];
    }),
    ["all", ...columns.map((unit) => of(units, unit)), ""],
  ];
  return table(["kept", ...columns.map((unit) => `${unit}s`), "heads that are off"], rows, [0, columns.length + 1]);
}
