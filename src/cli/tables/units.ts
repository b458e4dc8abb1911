// The table of what a mask keeps whose units are attention heads and neurons.

import type { UnitCount } from "../../mask/statistics.ts";
import { grouped } from "../../numbers.ts";
import { table } from "./table.ts";

/** How many heads and neurons are kept, in each layer and in all, and which heads are off. */
export function unitsTable(units: readonly UnitCount[]): string {
  const of = (counts: readonly UnitCount[], unit: UnitCount["unit"]) => {
    const [kept, all] = (["kept", "all"] as const).map((key) =>
      counts.filter((count) => count.unit === unit).reduce((total, count) => total + count[key], 0),
    );
    return all ? `${grouped(kept!)} of ${grouped(all)}` : "";
  };
  const layers = [...new Set(units.map(({ layer }) => layer))].sort((a, b) => b - a);
  const rows = [
    ...layers.map((layer) => {
      const inLayer = units.filter((count) => count.layer === layer);
      const off = inLayer.flatMap((count) => count.off.map((head) => `H${head}`));
      return [`layer ${layer}`, of(inLayer, "head"), of(inLayer, "neuron"), off.join(" ")];
    }),
    ["all", of(units, "head"), of(units, "neuron"), ""],
  ];
  return table(["kept", "heads", "neurons", "heads that are off"], rows, [0, 3]);
}
