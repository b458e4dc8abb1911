// The attention heads of two masks beside each other: what each dropped against expectation, and what both did.

import type { HeadLikeness, PairComparison } from "../src/mask/compare.ts";
import { headGrid } from "./blocks.ts";
import { brightness, Z_END, zColour } from "./colours.ts";
import { Detail } from "./detail.ts";
import { diffExports } from "./diff-export.ts";
import { nameOf, told } from "./diff-state.ts";
import { standingOut } from "./diff-words.ts";
import { el } from "./dom.ts";
import { zLegend } from "./grid.ts";
import { t } from "./host.ts";
import { fixed, signed } from "./numbers.ts";
import { figure, hint } from "./parts.ts";
import { scatter } from "./scatter.ts";

export function headsTab(pair: PairComparison): Node[] {
  if (!pair.heads.length)
    return [
      hint(
        told.complete
          ? t("What training changed in the heads is not known here.")
          : t("Making the initial masks again…"),
      ),
    ];
  const detail = new Detail(
    t(
      "Hover or focus a head or point for its numbers; ● stands out after correction for {0} heads.",
      pair.heads.length,
    ),
    true,
  );
  const mode = brightness();
  const table = (label: string, of: (head: HeadLikeness) => number | null) => {
    const marked = standingOut(pair.heads, of);
    return headGrid({
      label,
      heads: pair.heads,
      cellOf: (head) => {
        const z = of(head);
        if (z === null) return null;
        return {
          text: signed(z, Math.abs(z) < 9.95 ? 1 : 0),
          colour: zColour(z, mode),
          detail: detailOf(head),
          marked: marked.has(head),
          name: `${head.block}.${head.head}`,
        };
      },
      detail,
      onOpen: () => undefined,
    });
  };
  const scale = () => zLegend(t("−{0} fewer", Z_END), t("more +{0}", Z_END));
  const drops = t("drops against expectation, z");
  const both = pair.heads.flatMap((head) =>
    head.zA === null || head.zB === null
      ? []
      : [{ x: head.zA, y: head.zB, text: detailOf(head), name: `${head.block}.${head.head}` }],
  );
  return [
    el(
      "div",
      { className: "beside" },
      figure(
        nameOf(pair.a),
        drops,
        [],
        table(t("{0}: drops, z", nameOf(pair.a)), ({ zA }) => zA),
        scale(),
      ),
      figure(
        nameOf(pair.b),
        drops,
        [],
        table(t("{0}: drops, z", nameOf(pair.b)), ({ zB }) => zB),
        scale(),
      ),
      figure(
        t("Overlap of both"),
        t("dropped by both against expectation, z"),
        [],
        table(t("Overlap of both, z"), ({ z }) => z),
        scale(),
      ),
      figure(
        t("The heads' z, one mask against the other"),
        t("correlation {0} over {1} heads", fixed(pair.headCorrelation?.value, 2), both.length),
        [],
        scatter({
          label: t("Heads by z of {0} and z of {1}; arrow keys go from head to head", nameOf(pair.a), nameOf(pair.b)),
          points: both,
          xTitle: t("z of {0}", nameOf(pair.a)),
          yTitle: t("z of {0}", nameOf(pair.b)),
          detail,
        }),
      ),
    ),
    detail.element,
    diffExports(pair),
  ];
}

const detailOf = ({ block, head, lift, z, zA, zB }: HeadLikeness) =>
  t(
    "head {0}.{1}: lift {2}, z {3}; drops against expectation: z {4} and {5}",
    ...[block, head, fixed(lift?.value, 2), fixed(z, 1), fixed(zA, 1), fixed(zB, 1)],
  );
