// The exact figures of a comparison, in tables.

import type { Likeness, PairComparison } from "../../src/mask/compare.ts";
import type { Estimate } from "../../src/mask/metadata.ts";
import { dot, markedWords, rangeOf } from "../draw/effects.ts";
import { placeCell } from "../draw/layers.ts";
import { el } from "../ui/dom.ts";
import { t } from "../ui/host.ts";
import { count, fixed, numbersTable, thousands } from "../ui/numbers.ts";
import { heading } from "../ui/parts.ts";
import { diffExports } from "./export.ts";
import { nameOf } from "./state.ts";
import { APART_WORDS } from "./words.ts";

export function numbersTab(pair: PairComparison): Node[] {
  const row = (name: string | Node, { marked = null, ...part }: Likeness & { readonly marked?: boolean | null }) => [
    ...[name, fixed(part.lift?.value, 3), rangeOf(part.lift, 3), fixed(part.z, 1), dot({ marked })],
    ...[count(part.observed), thousands(fixed(part.expected, 1)), fixed(part.d, 4), fixed(part.chance, 4)],
  ];
  const table = (title: string, aside: string, first: string, rows: readonly (string | Node)[][]) =>
    el(
      "section",
      {},
      heading(title, aside),
      numbersTable(
        title,
        [first, t("lift"), "95 %", "z", "●", t("pruned by both"), t("expected"), "d", t("d by chance")],
        rows,
        true,
      ),
    );
  const side = (file: string) => [t("{0}:\npruned / expected", nameOf(file)), "95 %", "z", "●"];
  const own = (effect: Estimate | null, z: number | null, marked: boolean | null) => [
    ...[fixed(effect?.value, 3), rangeOf(effect, 3), fixed(z, 2), dot({ marked })],
  ];
  return [
    ...judgement(pair),
    el(
      "div",
      { className: "beside" },
      table(t("By layer"), markedWords(pair.layers), "", [
        row(t("headline"), pair),
        ...pair.apart.map((part) => row(t("excluded: {0}", APART_WORDS[part.part]), part)),
        ...[...pair.layers].reverse().map((layer) => row(t("layer {0}", layer.layer), layer)),
      ]),
      table(
        t("By kind"),
        markedWords(pair.kinds),
        "",
        pair.kinds.map((kind) => row(kind.kind, kind)),
      ),
    ),
    table(
      t("By matrix"),
      markedWords(pair.matrices),
      t("matrix"),
      pair.matrices.map((matrix) => row(placeCell(matrix), matrix)),
    ),
    heading(t("By attention head"), markedWords(pair.heads)),
    numbersTable(
      t("By attention head"),
      [t("head"), t("lift"), "95 %", "z", "●", ...side(pair.a), ...side(pair.b)],
      pair.heads.map((head) => [
        ...[`L${head.layer}H${head.head}`, ...own(head.lift, head.z, head.marked)],
        ...own(head.effectA, head.zA, head.markedA),
        ...own(head.effectB, head.zB, head.markedB),
      ]),
      true,
    ),
    diffExports(pair),
  ];
}

/** The null of the headline; nothing if it is independence. */
function judgement({ null: judgedBy, place }: PairComparison): Node[] {
  if (!place) return [];
  const title = t("Null of the headline");
  return [
    heading(title, judgedBy === "permuted labels" ? t("masks trained on permuted labels") : t("unrelated masks")),
    numbersTable(
      title,
      [
        t("reference pairs"),
        t("median lift"),
        t("median absolute deviation"),
        t("95 % range"),
        t("deviations from median"),
      ],
      [
        [
          ...[String(place.pairs), fixed(place.median, 3), fixed(place.mad, 4), rangeOf(place, 3)],
          fixed(place.deviations, 2),
        ],
      ],
    ),
  ];
}
