// The attention heads of two masks side by side: pruned weights against expectation, for each mask and for both.

import type { HeadLikeness, PairComparison } from "../../src/mask/compare.ts";
import type { Estimate } from "../../src/mask/metadata.ts";
import { brightness, Z_END, zColour } from "../draw/colours.ts";
import { Detail } from "../draw/detail.ts";
import { effectShort, effectText, markedWords } from "../draw/effects.ts";
import { zLegend } from "../draw/grid.ts";
import { headGrid } from "../draw/layers.ts";
import { scatter } from "../draw/scatter.ts";
import { el } from "../ui/dom.ts";
import { t } from "../ui/host.ts";
import { fixed } from "../ui/numbers.ts";
import { figure, hint } from "../ui/parts.ts";
import { diffExports } from "./export.ts";
import { isComplete, nameOf } from "./state.ts";

export function headsTab(pair: PairComparison): Node[] {
  if (!pair.heads.length)
    return [
      hint(
        isComplete()
          ? t("What training changed in the heads is unknown for these masks.")
          : t("Recomputing the initial masks…"),
      ),
    ];
  const detail = new Detail(
    t(
      "Hover over or focus a head or point for details. ● marks heads significant among all {0} (false discovery rate 5 %).",
      pair.heads.length,
    ),
    true,
  );
  const mode = brightness();
  const table = (label: string, of: (head: HeadLikeness) => Part) =>
    headGrid({
      label,
      heads: pair.heads,
      cellOf: (head) => {
        const { effect, z, marked } = of(head);
        if (z === null) return null;
        return {
          text: effectShort(effect),
          colour: zColour(z, mode),
          detail: detailOf(head),
          marked: marked === true,
          name: `L${head.layer}H${head.head}`,
        };
      },
      detail,
      onOpen: () => undefined,
    });
  const caption = (what: string, of: (head: HeadLikeness) => Part) =>
    [what, markedWords(pair.heads.map(of))].filter(Boolean).join("; ");
  const scale = () => zLegend(t("−{0} fewer", Z_END), t("more +{0}", Z_END));
  const drops = t("pruned / expected given the initial scores, coloured by z");
  const both = pair.heads.flatMap((head) =>
    head.zA === null || head.zB === null
      ? []
      : [{ x: head.zA, y: head.zB, text: detailOf(head), name: `L${head.layer}H${head.head}` }],
  );
  return [
    el(
      "div",
      { className: "beside" },
      figure(nameOf(pair.a), caption(drops, inA), [], table(t("{0}: pruned weights", nameOf(pair.a)), inA), scale()),
      figure(nameOf(pair.b), caption(drops, inB), [], table(t("{0}: pruned weights", nameOf(pair.b)), inB), scale()),
      figure(
        t("Overlap of both"),
        caption(t("lift, coloured by z"), ofBoth),
        [],
        table(t("Overlap of both"), ofBoth),
        scale(),
      ),
      figure(
        t("z per head, one mask against the other"),
        t("correlation {0} over {1} heads", effectText(pair.headCorrelation), both.length),
        [],
        scatter({
          label: t("Heads by z in {0} and z in {1}; arrow keys move between heads", nameOf(pair.a), nameOf(pair.b)),
          points: both,
          xTitle: t("z in {0}", nameOf(pair.a)),
          yTitle: t("z in {0}", nameOf(pair.b)),
          detail,
        }),
      ),
    ),
    detail.element,
    diffExports(pair),
  ];
}

/** A head's numbers in one of the grids. */
interface Part {
  readonly effect: Estimate | null;
  readonly z: number | null;
  readonly marked: boolean | null;
}

const inA = ({ effectA, zA, markedA }: HeadLikeness): Part => ({ effect: effectA, z: zA, marked: markedA });
const inB = ({ effectB, zB, markedB }: HeadLikeness): Part => ({ effect: effectB, z: zB, marked: markedB });
const ofBoth = ({ lift, z, marked }: HeadLikeness): Part => ({ effect: lift, z, marked });

const detailOf = ({ layer, head, lift, z, effectA, zA, effectB, zB }: HeadLikeness) =>
  t(
    "head L{0}H{1}: lift {2}, z {3}; pruned / expected: {4}, z {5} and {6}, z {7}",
    ...[
      layer,
      head,
      effectText(lift),
      fixed(z, 1),
      effectText(effectA),
      fixed(zA, 1),
      effectText(effectB),
      fixed(zB, 1),
    ],
  );
