// Where two masks overlap: lift by matrix, layer and kind; and by pair if there are more masks.

import type { Likeness, PairComparison } from "../../src/mask/compare.ts";
import { brightness, Z_END, zColour } from "../draw/colours.ts";
import { Detail } from "../draw/detail.ts";
import { effectShort, markedWords, rangeOf, shownWords } from "../draw/effects.ts";
import { type Cell, grid, zLegend } from "../draw/grid.ts";
import { kindGrid, layersOf, layerTitle, placeOf } from "../draw/layers.ts";
import { cellLink } from "../draw/point.ts";
import { el } from "../ui/dom.ts";
import { t } from "../ui/host.ts";
import { fixed, numbersTable, signed } from "../ui/numbers.ts";
import { figure, hint } from "../ui/parts.ts";
import { diffExports } from "./export.ts";
import { change, isComplete, nameOf, openMatrix, state, told } from "./state.ts";
import { APART_WORDS, detailOf } from "./words.ts";

/** Minimum number of matrices in the ranked list. */
const RANKED = 8;

function cellOf(likeness: Likeness & { readonly marked?: boolean | null }, of: string, opens?: string): Cell {
  return {
    text: effectShort(likeness.lift),
    colour: zColour(likeness.z ?? 0, brightness()),
    detail: `${of}: ${detailOf(likeness)}`,
    marked: likeness.marked === true,
    ...(opens !== undefined && { opens }),
  };
}

const scale = () => zLegend(t("−{0} fewer", Z_END), t("more +{0}", Z_END));

/** Lift of each pair of more than two masks; a cell opens its pair. */
export function everyPair(): HTMLElement {
  const files = told.masks.map(({ file }) => file);
  const detail = new Detail(t("Hover for details. Click or Space pins a cell, Enter shows the pair."));
  const table = grid({
    label: t("Lift of all pairs"),
    columns: [...told.names],
    rows: files.map((a) => ({
      title: nameOf(a),
      cells: files.map((b): Cell | undefined => {
        const number = told.pairs.findIndex((pair) => (pair.a === a && pair.b === b) || (pair.a === b && pair.b === a));
        const pair = told.pairs[number];
        if (!pair) return undefined;
        const current = pair === (told.pairs[state.pair] ?? told.pairs[0]);
        return { ...cellOf(pair, `${nameOf(a)} ↔ ${nameOf(b)}`, String(number)), current };
      }),
    })),
    detail,
    onOpen: (number) => change({ pair: Number(number) }),
  });
  table.classList.add("pairs");
  return figure(t("All pairs"), t("lift, coloured by z"), [], table, scale(), detail.element);
}

export function overlapTab(pair: PairComparison): Node[] {
  const kinds = pair.kinds.map(({ kind }) => kind);
  const detail = new Detail(t("Hover for details. Click or Space pins a cell, Enter opens its matrix."));
  const table = kindGrid({
    label: t("Lift by layer and matrix kind"),
    matrices: pair.matrices,
    kinds,
    cellOf: (matrix) => cellOf(matrix, matrix.name, matrix.name),
    together: {
      layer: (layer) => {
        const all = pair.layers.find((one) => one.layer === layer);
        return all && cellOf(all, layerTitle(layer));
      },
      kinds: pair.kinds.map((kind) => cellOf(kind, kind.kind)),
    },
    detail,
    onOpen: openMatrix,
  });
  const marks = [
    [t("matrices"), markedWords(pair.matrices)],
    [t("layers"), markedWords(pair.layers)],
    [t("kinds"), markedWords(pair.kinds)],
  ].flatMap(([of, words]) => (words ? [`${of}: ${words}`] : []));
  const what = t(
    "weights pruned by both / expected given the initial scores, coloured by z; z and marks: against independent pruning",
  );
  return [
    el(
      "div",
      { className: "beside" },
      figure(t("Lift"), [what, ...marks].join("; "), [], table, scale()),
      list(pair),
      ...apart(pair),
    ),
    detail.element,
    diffExports(pair),
  ];
}

/** Parts not in the headline: masks resemble each other there for reasons other than their tasks. */
function apart(pair: PairComparison): HTMLElement[] {
  if (!pair.apart.length) return [];
  return [
    figure(
      t("Not in the headline"),
      t("unrelated masks overlap here, too"),
      [],
      numbersTable(
        t("Not in the headline"),
        ["", t("lift"), "95 %", "z"],
        pair.apart.map(({ part, lift, z }) => [APART_WORDS[part], effectShort(lift), rangeOf(lift), fixed(z, 1)]),
      ),
    ),
  ];
}

/** The matrices whose overlap is furthest from chance. */
function list({ matrices }: PairComparison): HTMLElement {
  const known = matrices.filter(({ z }) => z !== null).sort((a, b) => Math.abs(b.z!) - Math.abs(a.z!));
  const title = t("Furthest from chance");
  if (!known.length)
    return figure(
      title,
      "",
      [],
      hint(
        isComplete() ? t("No expected counts are available for the matrices.") : t("Recomputing the initial masks…"),
      ),
    );
  const listed = known.slice(0, Math.max(RANKED, layersOf(matrices).length));
  return figure(
    title,
    `${t("by matrix")}; ${shownWords(listed, known)}`,
    [],
    numbersTable(
      title,
      [t("matrix"), t("lift"), "95 %", "z"],
      listed.map((one) => [
        el(
          "span",
          {},
          cellLink(placeOf(one), one.name, () => openMatrix(one.name)),
          one.marked ? el("span", { className: "mark" }, "●") : null,
        ),
        ...[effectShort(one.lift), rangeOf(one.lift), signed(one.z!, 1)],
      ]),
    ),
  );
}
