// A pair's attention heads in the chosen matrix kind, and their numbers in one mask or both.

import type { HeadLikeness, PairComparison } from "../../src/mask/compare.ts";
import type { Estimate } from "../../src/mask/metadata.ts";
import { effectText } from "../draw/effects.ts";
import { headName } from "../draw/layers.ts";
import { headViews } from "../ui/head-kinds.ts";
import * as l10n from "../ui/l10n.ts";
import { fixed } from "../ui/numbers.ts";
import { useStore } from "../ui/store.ts";
import { Dropdown } from "../ui/toolkit.tsx";
import { maskOf, type Saved, saved } from "./state.ts";

type Heads = Pick<PairComparison, "heads" | "headCorrelation">;

/** The heads in one matrix kind, or over all kinds; undefined if either mask lacks the kind. */
export const headsIn = (pair: PairComparison, kind: Saved["heads"]): Heads | undefined =>
  kind === "all" ? pair : pair.headKinds.find((one) => one.kind === kind);

/** The heads in the chosen matrix kind, or over all kinds if either mask lacks the chosen one. */
export function useHeads(pair: PairComparison): Heads & { readonly kind: Saved["heads"] } {
  const chosen = useStore(saved, (state) => state.heads);
  const heads = headsIn(pair, chosen);
  return heads ? { ...heads, kind: chosen } : { ...pair, kind: "all" };
}

export function HeadKindChooser({ pair }: { readonly pair: PairComparison }) {
  const { kind } = useHeads(pair);
  const isThere = (view: Saved["heads"]) => headsIn(pair, view) !== undefined;
  const options = headViews(maskOf(pair.a)!.base, isThere).filter(([view]) => isThere(view));
  return (
    <div class="row">
      <Dropdown
        label={l10n.t("Matrices of a head")}
        options={options}
        chosen={kind}
        onChange={(next) => saved.change({ heads: next as Saved["heads"] })}
      />
    </div>
  );
}

/** A head's numbers in one mask or both. */
export interface Part {
  readonly effect: Estimate | null;
  readonly z: number | null;
  readonly marked: boolean | null;
}

export const inA = ({ effectA, zA, markedA }: HeadLikeness): Part => ({ effect: effectA, z: zA, marked: markedA });
export const inB = ({ effectB, zB, markedB }: HeadLikeness): Part => ({ effect: effectB, z: zB, marked: markedB });
export const ofBoth = ({ lift, z, marked }: HeadLikeness): Part => ({ effect: lift, z, marked });

export const headDetail = ({ lift, z, effectA, zA, effectB, zB, ...head }: HeadLikeness) =>
  l10n.t(
    "head {0}: lift {1}, z {2}; pruned / expected given the initial scores: {3}, z {4} and {5}, z {6}",
    ...[
      headName(head),
      effectText(lift),
      fixed(z, 1),
      effectText(effectA),
      fixed(zA, 1),
      effectText(effectB),
      fixed(zB, 1),
    ],
  );
