// The exact figures of a mask: sizes, what is dead, and tables by kind, block, line, matrix and attention head.

import type { HeadDescription, MaskDescription, MatrixDescription } from "../src/mask/describe.ts";
import { deadLines, type LineDescription } from "../src/mask/lines.ts";
import { blockTitle, placeCell, placeOf } from "./blocks.ts";
import { el } from "./dom.ts";
import { fold } from "./fold.ts";
import { heatmapExports } from "./heatmap-export.ts";
import { rankedHeads } from "./heatmap-heads.ts";
import { told } from "./heatmap-state.ts";
import { post, t } from "./host.ts";
import type { MatrixDetails } from "./messages.ts";
import { bytes, count, fixed, grouped, numbersTable, percent } from "./numbers.ts";
import { heading, hint } from "./parts.ts";

/** Rows and columns in the list of those furthest from expectation. */
const FURTHEST = 12;
let detailsAsked = false;

export function numbersTab(mask: MaskDescription): Node[] {
  if (!detailsAsked) post({ type: "details" });
  detailsAsked = true;
  const { matrices, blocks, kinds, heads, sizes, deadHeads } = mask;
  const row = (
    name: string | Node,
    part: Pick<MatrixDescription, "zeroShare" | "dropped" | "revived" | "expected" | "z">,
  ) => [
    name,
    percent(part.zeroShare, 2),
    count(part.dropped),
    count(part.revived),
    count(part.expected),
    fixed(part.z, 1),
  ];
  const header = (first: string) => [first, t("zeros, %"), t("dropped"), t("revived"), t("expected"), "z"];
  const ranked = rankedHeads(mask, "all", false);
  const shownHeads: readonly HeadDescription[] = ranked.length ? ranked : heads.filter(({ kind }) => kind === "all");
  const size = (value: number | null | undefined) => fixed(value, 4);
  const ofAll = t("expected: at the drop rates of all matrices together");
  return [
    heading(t("Sizes")),
    numbersTable(
      t("Sizes"),
      ["", t("bytes"), ""],
      [
        [t("masked weights as float32"), grouped(sizes.dense), bytes(sizes.dense)],
        [t("packed, a bit a weight"), grouped(sizes.packed), bytes(sizes.packed)],
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
        "A mask makes the adaptation's file small. Unstructured zeros make the model neither smaller in memory nor faster.",
      ),
    ),
    heading(t("Dead heads, rows and columns")),
    el(
      "p",
      {},
      deadHeads.length
        ? `${deadHeads.map(({ block, head, kind }) => t("Head {0}.{1} keeps nothing of {2}", block, head, kind)).join("; ")}. `
        : `${t("Every head keeps some of its V rows and AO columns.")} `,
      deadText(mask),
    ),
    el(
      "div",
      { className: "beside" },
      el(
        "section",
        {},
        heading(t("By kind"), ofAll),
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
        heading(t("By block"), ofAll),
        numbersTable(
          t("By block"),
          header(""),
          [...blocks]
            .sort((a, b) => (b.block ?? 1e9) - (a.block ?? 1e9))
            .map((block) => row(blockTitle(block.block), block)),
          true,
        ),
      ),
    ),
    heading(t("Rows and columns furthest from expectation"), t("expected: at the drop rates of their own matrix")),
    told.details.size
      ? numbersTable(
          t("Rows and columns furthest from expectation"),
          [t("row or column"), t("kept"), t("dropped"), t("expected"), "z"],
          furthestLines(mask).map(({ name, line }) => [
            name,
            grouped(line.kept),
            grouped(line.dropped),
            fixed(line.expected, 1),
            fixed(line.z, 1),
          ]),
          true,
        )
      : hint(t("Counting rows and columns…")),
    heading(
      t("By matrix"),
      `${ofAll}; ${t("mean |W| in the base model of weights that are kept, off, and dropped by training; dead lines")}`,
    ),
    numbersTable(
      t("By matrix"),
      [
        ...header(t("matrix")),
        ...[t("|W|\nkept"), t("|W|\noff"), t("|W|\ndropped"), t("dead\nrows"), t("dead\ncolumns")],
      ],
      matrices.map((matrix) => {
        const more = told.details.get(matrix.name);
        const { kept, off, dropped } = more?.magnitudes ?? {};
        const dead = (lines: MatrixDetails["rows"] | undefined) => (lines ? grouped(lines.dead) : "…");
        return [
          ...row(placeCell(matrix), matrix),
          ...[size(kept), size(off), size(dropped), dead(more?.rows), dead(more?.columns)],
        ];
      }),
      true,
    ),
    fold(
      "heads",
      t("By attention head ({0})", shownHeads.length),
      hint(t("expected: at the drop rates of the head's own matrices")),
      numbersTable(
        t("By attention head"),
        [t("head"), t("kept, %"), t("dropped"), t("expected"), "z", "●"],
        shownHeads.map((head) => [
          `${head.block}.${head.head}`,
          percent(head.keepRate, 2),
          count(head.dropped),
          count(head.expected),
          fixed(head.z, 2),
          head.marked ? "●" : "",
        ]),
        true,
      ),
    ),
    heatmapExports(mask),
  ];
}

/** How many rows and columns keep nothing, against as many zeros spread at random. */
function deadText({ matrices }: MaskDescription): string {
  if (told.details.size < matrices.length) return t("Counting rows and columns…");
  const rows = deadLines([...told.details.values()].map((one) => one.rows));
  const columns = deadLines([...told.details.values()].map((one) => one.columns));
  const expected = (value: number) => (value < 0.05 ? "0" : fixed(value, 1));
  return t(
    "Rows that keep nothing: {0} ({1} expected were the zeros spread at random); columns: {2} ({3}).",
    ...[grouped(rows.dead), expected(rows.expected), grouped(columns.dead), expected(columns.expected)],
  );
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
    .sort((a, b) => Math.abs(b.line.z) - Math.abs(a.line.z))
    .slice(0, FURTHEST);
}
