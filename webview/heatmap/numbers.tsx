// The exact figures of a mask: sizes, dead parts, and tables by kind, layer, line, matrix and attention head.

import type { Changed, HeadDescription, MaskDescription, MatrixDescription } from "../../src/mask/describe.ts";
import { deadLines, type LineDescription } from "../../src/mask/lines.ts";
import { sum } from "../../src/mask/statistics.ts";
import type { MatrixDetails } from "../../src/messages.ts";
import { dot, markedWords, rangeOf } from "../draw/effects.ts";
import { layerTitle, placeCell, placeOf } from "../draw/layers.ts";
import { el } from "../ui/dom.ts";
import { fold } from "../ui/fold.ts";
import { post, t } from "../ui/host.ts";
import { bytes, count, fixed, grouped, numbersTable, percent } from "../ui/numbers.ts";
import { heading, hint } from "../ui/parts.ts";
import { heatmapExports } from "./export.ts";
import { rankedHeads } from "./heads.ts";
import { told } from "./state.ts";

let detailsAsked = false;

export function numbersTab(mask: MaskDescription): Node[] {
  if (!detailsAsked) post({ type: "details" });
  detailsAsked = true;
  const { matrices, layers, kinds, heads, sizes, deadHeads } = mask;
  const against = ({ effect, z, phi, marked }: Omit<Changed, "regrown">) => [
    ...[fixed(effect?.value, 3), rangeOf(effect, 3), fixed(z, 1), fixed(phi, 2), dot({ marked })],
  ];
  const row = (name: string | Node, part: Changed & Pick<MatrixDescription, "sparsity">) => [
    ...[name, ...against(part), count(part.pruned), count(part.expected), count(part.regrown)],
    percent(part.sparsity, 2),
  ];
  const effects = [t("pruned /\nexpected"), "95 %", "z", "φ", "●"];
  const header = (first: string) => [
    ...[first, ...effects, t("pruned"), t("expected"), t("regrown"), t("sparsity, %")],
  ];
  const counted = (said: string, parts: readonly Pick<Changed, "marked">[]) =>
    [said, markedWords(parts)].filter(Boolean).join("; ");
  const ranked = rankedHeads(mask, "all", false);
  const shownHeads: readonly HeadDescription[] = ranked.length ? ranked : heads.filter(({ kind }) => kind === "all");
  const size = (value: number | null | undefined) => fixed(value, 4);
  const ofAll = t("expected: given the initial scores, at the pruning rates of all matrices together");
  return [
    heading(t("Sizes")),
    numbersTable(
      t("Sizes"),
      ["", t("bytes"), ""],
      [
        [t("masked weights as float32"), grouped(sizes.dense), bytes(sizes.dense)],
        [t("packed, 1 bit per weight"), grouped(sizes.packed), bytes(sizes.packed)],
        [
          t("packed, then gzip"),
          told.compressed === undefined ? "…" : grouped(told.compressed),
          told.compressed === undefined ? "" : bytes(told.compressed),
        ],
        [t("entropy bound"), grouped(sizes.entropy), bytes(sizes.entropy)],
        ...(sizes.givenInitial === null
          ? []
          : [[t("entropy bound given the initial scores"), grouped(sizes.givenInitial), bytes(sizes.givenInitial)]]),
      ],
    ),
    el(
      "p",
      { className: "hint" },
      t(
        "A mask makes the adaptation's file small. Unstructured zeros do not make the model smaller in memory or faster.",
      ),
    ),
    heading(t("Dead heads, rows and columns")),
    el(
      "p",
      {},
      deadHeads.length
        ? `${deadHeads.map(({ layer, head, kind }) => t("Head L{0}H{1} keeps no weight of {2}", layer, head, kind)).join("; ")}. `
        : `${t("Every head keeps some weights in its V rows and AO columns.")} `,
      deadText(mask),
    ),
    el(
      "div",
      { className: "beside" },
      el(
        "section",
        {},
        heading(t("By kind"), counted(ofAll, kinds)),
        numbersTable(
          t("By kind"),
          header(""),
          kinds.map((kind) => row(kind.kind, kind)),
          true,
        ),
      ),
      el(
        "section",
        {},
        heading(t("By layer"), counted(ofAll, layers)),
        numbersTable(
          t("By layer"),
          header(""),
          [...layers]
            .sort((a, b) => (b.layer ?? 1e9) - (a.layer ?? 1e9))
            .map((layer) => row(layerTitle(layer.layer), layer)),
          true,
        ),
      ),
    ),
    heading(t("Rows and columns furthest from expectation"), linesText(mask)),
    told.details.size
      ? numbersTable(
          t("Rows and columns furthest from expectation"),
          [t("row or column"), t("pruned /\nexpected"), "95 %", "z", "●", t("pruned"), t("expected"), t("kept")],
          furthestLines(mask).map(({ name, line }) => [
            name,
            ...[fixed(line.effect.value, 2), rangeOf(line.effect), fixed(line.z, 1), dot(line)],
            ...[grouped(line.pruned), fixed(line.expected, 1), grouped(line.kept)],
          ]),
          true,
        )
      : hint(t("Counting rows and columns…")),
    heading(
      t("By matrix"),
      `${counted(ofAll, matrices)}; ${t("|W|: mean absolute base model weight of kept, off and pruned weights; dead rows and columns")}`,
    ),
    numbersTable(
      t("By matrix"),
      [
        ...header(t("matrix")),
        ...[t("|W|\nkept"), t("|W|\noff"), t("|W|\npruned"), t("dead\nrows"), t("dead\ncolumns")],
      ],
      matrices.map((matrix) => {
        const more = told.details.get(matrix.name);
        const { kept, off, pruned } = more?.magnitudes ?? {};
        const dead = (lines: MatrixDetails["rows"] | undefined) => (lines ? grouped(lines.dead) : "…");
        return [
          ...row(placeCell(matrix), matrix),
          ...[size(kept), size(off), size(pruned), dead(more?.rows), dead(more?.columns)],
        ];
      }),
      true,
    ),
    fold(
      "heads",
      t("By attention head ({0})", shownHeads.length),
      hint(
        counted(t("expected: given the initial scores, at the pruning rates of the head's own matrices"), shownHeads),
      ),
      numbersTable(
        t("By attention head"),
        [t("head"), ...effects, t("pruned"), t("expected"), t("kept, %")],
        shownHeads.map((head) => [
          ...[`L${head.layer}H${head.head}`, ...against(head), count(head.pruned), count(head.expected)],
          percent(head.density, 2),
        ]),
        true,
      ),
    ),
    heatmapExports(mask),
  ];
}

/** How many rows and columns keep no weight, compared with randomly placed zeros. */
function deadText({ matrices }: MaskDescription): string {
  if (told.details.size < matrices.length) return t("Counting rows and columns…");
  const rows = deadLines([...told.details.values()].map((one) => one.rows));
  const columns = deadLines([...told.details.values()].map((one) => one.columns));
  const expected = (value: number) => (value < 0.05 ? "0" : fixed(value, 1));
  return t(
    "Rows without a kept weight: {0} ({1} expected with randomly placed zeros); columns: {2} ({3} expected).",
    ...[grouped(rows.dead), expected(rows.expected), grouped(columns.dead), expected(columns.expected)],
  );
}

/** What the rows and columns are compared with, and how many of them the table shows. */
function linesText({ matrices }: MaskDescription): string {
  const against = t("expected: given the initial scores, at the pruning rates of their own matrix");
  if (told.details.size < matrices.length) return against;
  const all = [...told.details.values()].flatMap(({ rows, columns }) => [rows, columns]);
  const furthest = all.flatMap((lines) => lines.furthest);
  const known = all.filter(({ marked }) => marked !== null);
  if (!known.length) return against;
  const shown = t(
    "{0} of {1} shown, at most {2} of each matrix's rows and of its columns; ● {3} of {4} marked",
    ...[
      grouped(furthest.length),
      grouped(sum(all, (lines) => lines.count)),
      Math.max(...all.map((lines) => lines.furthest.length)),
      grouped(furthest.filter(({ marked }) => marked).length),
      grouped(sum(known, ({ marked }) => marked!)),
    ],
  );
  return `${against}; ${shown}; ${t("the Matrix tab shows all rows and columns")}`;
}

function furthestLines({ matrices }: MaskDescription): { name: string; line: LineDescription }[] {
  return matrices
    .flatMap((matrix) => {
      const { rows, columns } = told.details.get(matrix.name) ?? {};
      return [
        ...(rows?.furthest ?? []).map((line) => ({ name: t("{0}, row {1}", placeOf(matrix), line.line), line })),
        ...(columns?.furthest ?? []).map((line) => ({ name: t("{0}, column {1}", placeOf(matrix), line.line), line })),
      ];
    })
    .sort((a, b) => Math.abs(b.line.z) - Math.abs(a.line.z));
}
