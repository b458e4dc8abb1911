// What training changed: block by block and kind by kind, head by head, and the heads furthest from expectation.

import { allOfHeads } from "../../src/mask/changed.ts";
import type { Changed, MaskDescription, MatrixDescription } from "../../src/mask/describe.ts";
import { headMatrix } from "../../src/mask/statistics.ts";
import { blocksOf, blockTitle, headGrid, kindGrid } from "../draw/blocks.ts";
import { brightness, Z_END, zColour } from "../draw/colours.ts";
import { Detail } from "../draw/detail.ts";
import { effectShort, effectText, markedWords, rangeOf, shownWords } from "../draw/effects.ts";
import { type Cell, zLegend } from "../draw/grid.ts";
import { cellLink } from "../draw/point.ts";
import { el } from "../ui/dom.ts";
import { t } from "../ui/host.ts";
import { fixed, grouped, numbersTable, signed } from "../ui/numbers.ts";
import { figure, hint } from "../ui/parts.ts";
import { dropdown } from "../ui/toolkit.ts";
import { heatmapExports } from "./export.ts";
import { headKindChooser, headsTitle, isCombined, type Ranked, rankedHeads } from "./heads.ts";
import { keptTab } from "./kept.ts";
import { rateGrid } from "./rates.ts";
import { change, openMatrix, state, told } from "./state.ts";

/** Heads in the ranked list: as many as the grids have rows, at least so many. */
const RANKED = 12;

export function changedTab(whole: MaskDescription): Node[] {
  const { complete } = told.described!;
  // The sentence above says why.
  if (whole.dropped === null && complete) return keptTab(whole);
  const mask = complete ? whole : soFar(whole);
  const detail = new Detail(
    t("Hover or focus a cell for its numbers; a click or Space locks them, Enter opens the matrix."),
  );
  const combined = isCombined();
  const ranked = rankedHeads(mask, state.heads, combined);
  return [
    el(
      "div",
      { className: "beside" },
      flips(mask, detail),
      heads(mask, ranked, combined, detail),
      list(mask, ranked, combined),
    ),
    detail.element,
    heatmapExports(mask),
  ];
}

/** The description with what is counted so far. */
function soFar(mask: MaskDescription): MaskDescription {
  const parts = [...told.progress.values()];
  const inBlock = (block: number) => mask.matrices.filter((matrix) => matrix.block === block);
  const whole = new Set(
    mask.heads.map(({ block }) => block).filter((block) => inBlock(block).every(({ name }) => told.progress.has(name))),
  );
  const drops = parts.flatMap(({ heads }) => heads);
  const all = [...drops, ...allOfHeads(drops).filter(({ block }) => whole.has(block))];
  const byHead = new Map(all.map((drop) => [`${drop.block}.${drop.head}.${drop.kind}`, drop]));
  return {
    ...mask,
    matrices: mask.matrices.map((matrix) => {
      const { dropped = null, revived = null } = told.progress.get(matrix.name) ?? {};
      return { ...matrix, dropped, revived, marked: null };
    }),
    heads: mask.heads.map((head) => {
      const counted = byHead.get(`${head.block}.${head.head}.${head.kind}`);
      const { observed = null, expected = null, effect = null, z = null, phi = null } = counted ?? {};
      return { ...head, dropped: observed, expected, effect, z, phi, marked: null }; // marks are of all heads together
    }),
  };
}

/** Weights that began kept: those kept now, with those that were dropped, without those that were revived. */
export function keptAtStart({ rows, columns, zeroShare, dropped, revived }: MatrixDescription): number {
  return Math.round(rows * columns * (1 - zeroShare)) + dropped! - revived!;
}

/** Of the weights that began kept, the share that training dropped; null where that is not known (yet). */
export function droppedShare(matrix: MatrixDescription): number | null {
  const kept = matrix.dropped === null ? 0 : keptAtStart(matrix);
  return matrix.dropped === null ? null : kept ? matrix.dropped / kept : 0;
}

function revivedShare(matrix: MatrixDescription): number | null {
  if (matrix.revived === null) return null;
  const dropped = matrix.rows * matrix.columns - keptAtStart(matrix);
  return dropped ? matrix.revived / dropped : 0;
}

function flips(mask: MaskDescription, detail: Detail): HTMLElement {
  const chooser = dropdown(
    t("Which flips"),
    [
      ["dropped", t("Dropped")],
      ["revived", t("Revived")],
      ["expected", t("Dropped / expected")],
    ],
    state.flips,
    (flips) => change({ flips: flips === "revived" || flips === "expected" ? flips : "dropped" }),
  );
  const label = t("Flips by block and kind of matrix");
  const marks = markedWords(mask.matrices);
  const detailOf = (matrix: MatrixDescription) =>
    [
      `${matrix.name}: ${t("{0} dropped, {1} revived", grouped(matrix.dropped!), grouped(matrix.revived!))}`,
      ...(matrix.expected === null ? [] : [changeText(matrix)]),
    ].join("; ");
  if (state.flips === "expected") {
    const against = t("given the initial scores, at the drop rates of all matrices; coloured by z");
    return figure(
      t("Dropped / expected"),
      [against, marks].filter(Boolean).join("; "),
      [chooser],
      againstExpected(mask, label, detailOf, detail),
      zLegend(t("−{0} spared", Z_END), t("dropped +{0}", Z_END)),
    );
  }
  const dropped = state.flips === "dropped";
  const share = dropped ? t("of the weights kept at the start") : t("of the weights dropped at the start");
  return figure(
    dropped ? t("Dropped, % by matrix") : t("Revived, % by matrix"),
    [share, dropped && marks].filter(Boolean).join("; "),
    [chooser],
    ...rateGrid(mask, label, dropped ? droppedShare : revivedShare, detailOf, detail, dropped),
  );
}

/** Effects of matrices, and of all matrices of each block and kind. */
function againstExpected(
  mask: MaskDescription,
  label: string,
  detailOf: (matrix: MatrixDescription) => string,
  detail: Detail,
): HTMLElement {
  const cellOf = (part: Changed, said: string, opens?: string): Cell | null =>
    part.z === null
      ? null
      : {
          ...{ text: effectShort(part.effect), colour: zColour(part.z, brightness()), detail: said },
          marked: part.marked === true,
          ...(opens !== undefined && { opens }),
        };
  return kindGrid({
    label,
    matrices: mask.matrices,
    kinds: mask.kinds.map(({ kind }) => kind),
    cellOf: (matrix) => cellOf(matrix, detailOf(matrix), matrix.name),
    together: {
      block: (block) => {
        const part = mask.blocks.find((one) => one.block === block);
        return part && cellOf(part, `${blockTitle(block)}: ${changeText(part)}; ${markedWords(mask.blocks)}`);
      },
      kinds: mask.kinds.map((part) => cellOf(part, `${part.kind}: ${changeText(part)}; ${markedWords(mask.kinds)}`)),
    },
    detail,
    onOpen: openMatrix,
  });
}

/** The effect first, then its counts, z and the clusters that both allow for. */
function changeText({ dropped, expected, effect, z, phi }: Omit<Changed, "revived">): string {
  return t(
    "{0} times the expected drops: {1} dropped, {2} expected given the initial scores; z {3}, φ {4}",
    ...[effectText(effect), grouped(dropped!), grouped(expected!), fixed(z, 1), fixed(phi, 2)],
  );
}

function heads(mask: MaskDescription, ranked: readonly Ranked[], combined: boolean, detail: Detail): HTMLElement {
  const shown = mask.heads.filter(({ kind }) => kind === state.heads);
  const byHead = new Map(ranked.map((head) => [`${head.block}.${head.head}`, head]));
  const mode = brightness();
  const table = headGrid({
    label: t("Drops by block and attention head"),
    heads: shown,
    beside: mask.matrices,
    cellOf: ({ block, head: number }) => {
      const head = byHead.get(`${block}.${number}`);
      if (!head) return null;
      return {
        text: combined ? signed(head.z, Math.abs(head.z) < 9.95 ? 1 : 0) : effectShort(head.effect),
        colour: zColour(head.z, mode),
        detail: combined ? combinedDetail(head, mask) : headDetail(head),
        marked: head.marked === true,
        opens: headMatrix(mask.matrices, head).name,
        name: `${block}.${number}`,
      };
    },
    detail,
    onOpen: openMatrix,
  });
  const what = combined
    ? t("{0} seeds combined (Stouffer), z", told.seeds.length + 1)
    : t("dropped / expected given the initial scores, coloured by z");
  return figure(
    headsTitle(),
    [what, markedWords(ranked)].filter(Boolean).join("; "),
    [headKindChooser(), seedChooser()],
    ...(shown.length
      ? [table, zLegend(t("−{0} spared", Z_END), t("dropped +{0}", Z_END))]
      : [hint(t("This mask leaves these matrices alone."))]),
  );
}

function list(mask: MaskDescription, ranked: readonly Ranked[], combined: boolean): HTMLElement {
  if (!ranked.length) {
    const counted = told.described!.complete
      ? t("No head has an expectation.")
      : t("Counting what changed in the heads…");
    return figure(t("Furthest from expectation"), "", [], hint(counted));
  }
  const listed = ranked.slice(0, Math.max(RANKED, blocksOf(mask.matrices).length));
  return figure(
    t("Furthest from expectation"),
    [combined ? "" : t("effect: dropped / expected"), told.described!.complete ? shownWords(listed, ranked) : ""]
      .filter(Boolean)
      .join("; "),
    [],
    numbersTable(
      t("Furthest from expectation"),
      combined ? [t("head"), t("seeds that\nagree"), "z"] : [t("head"), t("effect"), "95 %", "z"],
      listed.map((head) => [
        headLink(mask, head),
        ...(combined ? [t("{0} of {1}", head.agree, head.seeds)] : [effectShort(head.effect), rangeOf(head.effect)]),
        signed(head.z, 1),
      ]),
    ),
  );
}

function headDetail(head: Ranked): string {
  return `${t("head {0}.{1}", head.block, head.head)}: ${changeText(head)}`;
}

/** Each seed's own z, then what they say together. */
function combinedDetail(head: Ranked, mask: MaskDescription): string {
  const all = [{ maskSeed: mask.initial!.maskSeed, heads: mask.heads }, ...told.seeds];
  const own = all.map((seed) => {
    const own = seed.heads.find((h) => h.block === head.block && h.head === head.head && h.kind === head.kind);
    return t("seed {0}: {1}, z {2}", seed.maskSeed, effectText(own?.effect), fixed(own?.z, 1));
  });
  return `${t("head {0}.{1}", head.block, head.head)}: ${own.join(", ")}; ${t("together z {0}, {1} of {2} agree", fixed(head.z, 1), head.agree, head.seeds)}`;
}

/** A head's name that opens its matrix. */
function headLink(mask: MaskDescription, head: Ranked): HTMLElement {
  const name = `${head.block}.${head.head}`;
  const link = cellLink(name, name, () => openMatrix(headMatrix(mask.matrices, head).name));
  return el("span", {}, link, head.marked ? el("span", { className: "mark" }, "●") : null);
}

/** This mask alone, or all seeds of its task that were found; nothing to choose where there is one. */
function seedChooser(): HTMLElement | null {
  if (!told.seeds.length) return null;
  const { initial } = told.described!.description;
  const numbers = [initial!.maskSeed, ...told.seeds.map(({ maskSeed }) => maskSeed)];
  return dropdown(
    t("Seeds"),
    [
      ["own", t("This mask, seed {0}", initial!.maskSeed)],
      ["combined", t("{0} seeds combined: {1}", numbers.length, numbers.join(", "))],
    ],
    state.combined ? "combined" : "own",
    (value) => change({ combined: value === "combined" }),
  );
}
