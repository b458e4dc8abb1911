// All pairs of more than two masks as a grid; a cell opens its pair.

import type { PairComparison } from "../../src/mask/compare.ts";
import { type Cell, Grid, type GridEvents } from "../draw/grid.tsx";
import { useStore } from "../ui/store.ts";
import { nameOf, saved, told } from "./state.ts";

interface PairGridProps extends Pick<GridEvents, "label" | "detail"> {
  readonly pairs: readonly PairComparison[];
  readonly shown: PairComparison;
  /** A pair's cell, given the names of its masks; null: the pair has no number. */
  readonly cellOf: (pair: PairComparison, names: string) => Omit<Cell, "opens" | "current"> | null;
}

const showPair = (number: string) => saved.change({ pair: Number(number) });

export function PairGrid({ label, detail, pairs, shown, cellOf }: PairGridProps) {
  const { names, masks } = useStore(told, (all) => all);
  const cellFor = (a: string, b: string): Cell | null | undefined => {
    const number = pairs.findIndex((pair) => (pair.a === a && pair.b === b) || (pair.a === b && pair.b === a));
    const pair = pairs[number];
    const cell = pair && cellOf(pair, `${nameOf(a)} ↔ ${nameOf(b)}`);
    return cell && { ...cell, opens: String(number), current: pair === shown };
  };
  return (
    <Grid
      clickOpens
      look="pairs"
      label={label}
      columns={names}
      rows={masks.map(({ file }) => ({
        title: nameOf(file),
        cells: masks.map((other) => cellFor(file, other.file)),
      }))}
      detail={detail}
      onOpen={showPair}
    />
  );
}
