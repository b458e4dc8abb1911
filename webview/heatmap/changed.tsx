// What training changed by layer and matrix kind, by head, and in the heads furthest from expectation.

import { allOfHeads } from "../../src/mask/changed.ts";
import type { Changed, MaskDescription, MatrixDescription } from "../../src/mask/describe.ts";
import { headMatrix } from "../../src/mask/statistics.ts";
import { brightness, Z_END, zColour } from "../draw/colours.ts";
import { Detail } from "../draw/detail.ts";
import { effectShort, effectText, markedWords, rangeOf, shownWords } from "../draw/effects.ts";
import { type Cell, zLegend } from "../draw/grid.ts";
import { headGrid, kindGrid, layersOf, layerTitle } from "../draw/layers.ts";
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

/** Minimum length of the ranked list of heads; longer if the grids have more rows. */
const RANKED = 12;

export function changedTab(whole: MaskDescription): Node[] {
  const { complete } = told.described!;
  // The sentence above says why.
  if (whole.pruned === null && complete) return keptTab(whole);
  const mask = complete ? whole : soFar(whole);
  const detail = new Detail(t("Hover for details. Click or Space pins a cell, Enter opens its matrix."));
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

/** The description with the counts so far. */
function soFar(mask: MaskDescription): MaskDescription {
  const parts = [...told.progress.values()];
  const inLayer = (layer: number) => mask.matrices.filter((matrix) => matrix.layer === layer);
  const whole = new Set(
    mask.heads.map(({ layer }) => layer).filter((layer) => inLayer(layer).every(({ name }) => told.progress.has(name))),
  );
  const drops = parts.flatMap(({ heads }) => heads);
  const all = [...drops, ...allOfHeads(drops).filter(({ layer }) => whole.has(layer))];
  const byHead = new Map(all.map((drop) => [`${drop.layer}.${drop.head}.${drop.kind}`, drop]));
  return {
    ...mask,
    matrices: mask.matrices.map((matrix) => {
      const { pruned = null, regrown = null } = told.progress.get(matrix.name) ?? {};
      return { ...matrix, pruned, regrown, marked: null };
    }),
    heads: mask.heads.map((head) => {
      const counted = byHead.get(`${head.layer}.${head.head}.${head.kind}`);
      const { observed = null, expected = null, effect = null, z = null, phi = null } = counted ?? {};
      return { ...head, pruned: observed, expected, effect, z, phi, marked: null }; // marks need all heads
    }),
  };
}

/** Weights that are on in the initial mask: those on now, plus the pruned, minus the regrown. */
export function keptAtStart({ rows, columns, sparsity, pruned, regrown }: MatrixDescription): number {
  return Math.round(rows * columns * (1 - sparsity)) + pruned! - regrown!;
}

/** The share of initially kept weights that training pruned; null if unknown (yet). */
export function prunedShare(matrix: MatrixDescription): number | null {
  const kept = matrix.pruned === null ? 0 : keptAtStart(matrix);
  return matrix.pruned === null ? null : kept ? matrix.pruned / kept : 0;
}

function regrownShare(matrix: MatrixDescription): number | null {
  if (matrix.regrown === null) return null;
  const off = matrix.rows * matrix.columns - keptAtStart(matrix);
  return off ? matrix.regrown / off : 0;
}

function flips(mask: MaskDescription, detail: Detail): HTMLElement {
  const chooser = dropdown(
    t("Which flips"),
    [
      ["pruned", t("Pruned")],
      ["regrown", t("Regrown")],
      ["expected", t("Pruned / expected")],
    ],
    state.flips,
    (flips) => change({ flips: flips === "regrown" || flips === "expected" ? flips : "pruned" }),
  );
  const label = t("Flips by layer and matrix kind");
  const marks = markedWords(mask.matrices);
  const detailOf = (matrix: MatrixDescription) =>
    [
      `${matrix.name}: ${t("{0} pruned, {1} regrown", grouped(matrix.pruned!), grouped(matrix.regrown!))}`,
      ...(matrix.expected === null ? [] : [changeText(matrix)]),
    ].join("; ");
  if (state.flips === "expected") {
    const against = t("given the initial scores, at the pruning rates of all matrices; coloured by z");
    return figure(
      t("Pruned / expected"),
      [against, marks].filter(Boolean).join("; "),
      [chooser],
      againstExpected(mask, label, detailOf, detail),
      zLegend(t("−{0} fewer", Z_END), t("more +{0}", Z_END)),
    );
  }
  const pruned = state.flips === "pruned";
  const share = pruned ? t("of the weights kept at the start") : t("of the weights that were off at the start");
  return figure(
    pruned ? t("Pruned, % by matrix") : t("Regrown, % by matrix"),
    [share, pruned && marks].filter(Boolean).join("; "),
    [chooser],
    ...rateGrid(mask, label, pruned ? prunedShare : regrownShare, detailOf, detail, pruned),
  );
}

/** Effects by matrix, and over all matrices of each layer and kind. */
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
      layer: (layer) => {
        const part = mask.layers.find((one) => one.layer === layer);
        return part && cellOf(part, `${layerTitle(layer)}: ${changeText(part)}; ${markedWords(mask.layers)}`);
      },
      kinds: mask.kinds.map((part) => cellOf(part, `${part.kind}: ${changeText(part)}; ${markedWords(mask.kinds)}`)),
    },
    detail,
    onOpen: openMatrix,
  });
}

/** The effect, then its counts, z and φ, the clustering both are corrected for. */
function changeText({ pruned, expected, effect, z, phi }: Omit<Changed, "regrown">): string {
  return t(
    "{0} times the expected count: {1} pruned, {2} expected given the initial scores; z {3}, φ {4}",
    ...[effectText(effect), grouped(pruned!), grouped(expected!), fixed(z, 1), fixed(phi, 2)],
  );
}

function heads(mask: MaskDescription, ranked: readonly Ranked[], combined: boolean, detail: Detail): HTMLElement {
  const shown = mask.heads.filter(({ kind }) => kind === state.heads);
  const byHead = new Map(ranked.map((head) => [`L${head.layer}H${head.head}`, head]));
  const mode = brightness();
  const table = headGrid({
    label: t("Pruned weights by layer and attention head"),
    heads: shown,
    beside: mask.matrices,
    cellOf: ({ layer, head: number }) => {
      const head = byHead.get(`L${layer}H${number}`);
      if (!head) return null;
      return {
        text: combined ? signed(head.z, Math.abs(head.z) < 9.95 ? 1 : 0) : effectShort(head.effect),
        colour: zColour(head.z, mode),
        detail: combined ? combinedDetail(head, mask) : headDetail(head),
        marked: head.marked === true,
        opens: headMatrix(mask.matrices, head).name,
        name: `L${layer}H${number}`,
      };
    },
    detail,
    onOpen: openMatrix,
  });
  const what = combined
    ? t("z of {0} seeds combined (Stouffer)", told.seeds.length + 1)
    : t("pruned / expected given the initial scores, coloured by z");
  return figure(
    headsTitle(),
    [what, markedWords(ranked)].filter(Boolean).join("; "),
    [headKindChooser(), seedChooser()],
    ...(shown.length
      ? [table, zLegend(t("−{0} fewer", Z_END), t("more +{0}", Z_END))]
      : [hint(t("This mask does not cover these matrices."))]),
  );
}

function list(mask: MaskDescription, ranked: readonly Ranked[], combined: boolean): HTMLElement {
  if (!ranked.length) {
    const counted = told.described!.complete
      ? t("No expected counts are available for the heads.")
      : t("Counting changes in the heads…");
    return figure(t("Furthest from expectation"), "", [], hint(counted));
  }
  const listed = ranked.slice(0, Math.max(RANKED, layersOf(mask.matrices).length));
  return figure(
    t("Furthest from expectation"),
    [combined ? "" : t("effect: pruned / expected"), told.described!.complete ? shownWords(listed, ranked) : ""]
      .filter(Boolean)
      .join("; "),
    [],
    numbersTable(
      t("Furthest from expectation"),
      combined ? [t("head"), t("seeds\nagreeing"), "z"] : [t("head"), t("effect"), "95 %", "z"],
      listed.map((head) => [
        headLink(mask, head),
        ...(combined ? [t("{0} of {1}", head.agree, head.seeds)] : [effectShort(head.effect), rangeOf(head.effect)]),
        signed(head.z, 1),
      ]),
    ),
  );
}

function headDetail(head: Ranked): string {
  return `${t("head L{0}H{1}", head.layer, head.head)}: ${changeText(head)}`;
}

/** Each seed's own z, then the combined one. */
function combinedDetail(head: Ranked, mask: MaskDescription): string {
  const all = [{ maskSeed: mask.initial!.maskSeed, heads: mask.heads }, ...told.seeds];
  const own = all.map((seed) => {
    const own = seed.heads.find((h) => h.layer === head.layer && h.head === head.head && h.kind === head.kind);
    return t("seed {0}: {1}, z {2}", seed.maskSeed, effectText(own?.effect), fixed(own?.z, 1));
  });
  return `${t("head L{0}H{1}", head.layer, head.head)}: ${own.join(", ")}; ${t("combined z {0}, {1} of {2} agree", fixed(head.z, 1), head.agree, head.seeds)}`;
}

/** A head's name as a link to its matrix. */
function headLink(mask: MaskDescription, head: Ranked): HTMLElement {
  const name = `L${head.layer}H${head.head}`;
  const link = cellLink(name, name, () => openMatrix(headMatrix(mask.matrices, head).name));
  return el("span", {}, link, head.marked ? el("span", { className: "mark" }, "●") : null);
}

/** This mask alone, or all seeds found for its task; null if there is only one. */
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
