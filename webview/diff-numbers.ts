// The exact figures of a comparison, in tables.

import type { Likeness, PairComparison } from "../src/mask/compare.ts";
import { placeCell } from "./blocks.ts";
import { diffExports } from "./diff-export.ts";
import { nameOf } from "./diff-state.ts";
import { standingOut } from "./diff-words.ts";
import { el } from "./dom.ts";
import { t } from "./host.ts";
import { count, fixed, numbersTable, thousands } from "./numbers.ts";
import { heading } from "./parts.ts";

export function numbersTab(pair: PairComparison): Node[] {
  const row = (name: string | Node, { lift, z, observed, expected, d, chance }: Likeness) => [
    name,
    ...[fixed(lift?.value, 3), fixed(z, 1), count(observed)],
    ...[thousands(fixed(expected, 1)), fixed(d, 4), fixed(chance, 4)],
  ];
  const table = (title: string, first: string, rows: readonly (string | Node)[][]) =>
    el(
      "section",
      {},
      heading(title),
      numbersTable(
        title,
        [first, t("lift"), "z", t("dropped by both"), t("expected"), "d", t("d by chance")],
        rows,
        true,
      ),
    );
  const marked = standingOut(pair.heads);
  return [
    el(
      "div",
      { className: "beside" },
      table(t("By block"), "", [
        row(t("all together"), pair),
        ...[...pair.blocks].reverse().map((block) => row(t("block {0}", block.block), block)),
      ]),
      table(
        t("By kind"),
        "",
        pair.kinds.map((kind) => row(kind.kind, kind)),
      ),
    ),
    table(
      t("By matrix"),
      t("matrix"),
      pair.matrices.map((matrix) => row(placeCell(matrix), matrix)),
    ),
    heading(t("By attention head"), t("● the overlap stands out after correction for {0} heads", pair.heads.length)),
    numbersTable(
      t("By attention head"),
      [t("head"), t("lift"), "z", t("z of {0}", nameOf(pair.a)), t("z of {0}", nameOf(pair.b)), "●"],
      pair.heads.map((head) => [
        ...[
          `${head.block}.${head.head}`,
          fixed(head.lift?.value, 3),
          fixed(head.z, 2),
          fixed(head.zA, 2),
          fixed(head.zB, 2),
        ],
        marked.has(head) ? "●" : "",
      ]),
      true,
    ),
    diffExports(pair),
  ];
}
