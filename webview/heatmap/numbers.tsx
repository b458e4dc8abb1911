// The exact figures of a mask: sizes, dead rows and columns, and tables by kind, layer, line, matrix and attention head.

import { useLayoutEffect } from "preact/hooks";
import { sharedBy } from "../../src/anatomy/heads.ts";
import type { Changed, MaskDescription, MatrixDescription } from "../../src/mask/describe.ts";
import { deadLines, type LineDescription } from "../../src/mask/lines.ts";
import { sum, type UnitCount } from "../../src/mask/statistics.ts";
import type { MatrixDetails } from "../../src/messages.ts";
import { dot, rangeOf, withMarks } from "../draw/effects.ts";
import { placeCell } from "../draw/layer-grids.tsx";
import { headName, layersOf, layerTitle, placeOf } from "../draw/layers.ts";
import { Fold } from "../ui/fold.tsx";
import * as l10n from "../ui/l10n.ts";
import { bytes, count, fixed, grouped, percent } from "../ui/numbers.ts";
import { Heading, Hint } from "../ui/parts.tsx";
import { useStore } from "../ui/store.ts";
import { type Cell, CopyHint, NumbersTable } from "../ui/table.tsx";
import { CONFIDENCE, EXPECTED } from "../ui/words.ts";
import { HeatmapExports } from "./export.tsx";
import { nameAmongViews, ownHeads, rankedHeads } from "./heads.ts";
import { numpyItems } from "./numpy.tsx";
import { type Described, needDetails, openHead, openMatrix, type Spot, told } from "./state.ts";

interface Props {
  readonly mask: MaskDescription;
}

/** Row and column counts by matrix. */
type Details = ReadonlyMap<string, MatrixDetails>;

export function NumbersTab({ subject }: { readonly subject: Described }) {
  useLayoutEffect(needDetails, []);
  const mask = subject.description;
  return (
    <>
      <CopyHint />
      <Sizes mask={mask} />
      {mask.units ? <Units units={mask.units} /> : <Dead mask={mask} />}
      <div class="beside">
        <section>
          <ByKind mask={mask} />
        </section>
        <section>
          <ByLayer mask={mask} />
        </section>
      </div>
      <Lines mask={mask} />
      <ByMatrix subject={subject} mask={mask} />
      <ByHead subject={subject} mask={mask} />
      <HeatmapExports subject={subject} mask={mask} />
    </>
  );
}

function Sizes({ mask: { sizes, units } }: Props) {
  const compressed = useStore(told, (state) => state.compressed);
  const row = (name: string, size: number) => [name, grouped(size), bytes(size)];
  const gzip = l10n.t("bits, gzipped");
  return (
    <>
      <Heading title={l10n.t("Sizes")} />
      <NumbersTable
        caption={l10n.t("Sizes")}
        header={["", l10n.t("bytes"), ""]}
        rows={[
          row(l10n.t("masked weights as float32"), sizes.dense),
          row(l10n.t("bits, 1 per weight"), sizes.packed),
          compressed === undefined ? [gzip, "…", ""] : row(gzip, compressed),
          row(l10n.t("entropy bound"), sizes.entropy),
          ...(sizes.givenInitial === null
            ? []
            : [row(l10n.t("entropy bound given the initial scores"), sizes.givenInitial)]),
          row(l10n.t("beside the bits: classifier, auxiliary and added parameters, float32"), sizes.tensors),
        ]}
      />
      <Hint>
        {units
          ? l10n.t(
              "Heads and neurons that are off can be removed from a model that is exported as ONNX, which makes it smaller and faster.",
            )
          : l10n.t(
              "A mask keeps the adaptation's file small. Unstructured zeros do not make the model faster or reduce its memory use.",
            )}
      </Hint>
    </>
  );
}

/** What is kept of each layer's heads and neurons. */
function Units({ units }: { readonly units: readonly UnitCount[] }) {
  const layers = layersOf(units);
  const of = (layer: number | null, unit: UnitCount["unit"]) => {
    const found = units.find((count) => count.layer === layer && count.unit === unit);
    return found ? l10n.t("{0} of {1}", grouped(found.kept), grouped(found.all)) : "";
  };
  const off = (layer: number | null) =>
    units
      .filter((count) => count.layer === layer)
      .flatMap(({ layer, unit, off }) =>
        off.map((head) => nameAmongViews({ layer, head, kind: unit === "head" ? "all" : "cross" })),
      )
      .join(", ");
  const columns = [
    ["head", l10n.t("heads")],
    ["cross-attention head", l10n.t("cross-attention\nheads")],
    ["neuron", l10n.t("neurons")],
  ] as const;
  const shown = columns.filter(([unit], i) => i !== 1 || units.some((count) => count.unit === unit));
  return (
    <>
      <Heading title={l10n.t("Heads and neurons that are kept")} />
      <NumbersTable
        caption={l10n.t("Heads and neurons that are kept")}
        header={[l10n.t("layer"), ...shown.map(([, title]) => title), l10n.t("heads that are off")]}
        rows={layers.map((layer) => [layerTitle(layer), ...shown.map(([unit]) => of(layer, unit)), off(layer)])}
      />
    </>
  );
}

function Dead({ mask }: Props) {
  const details = useStore(told, (state) => state.details);
  const { deadHeads, base, kinds } = mask;
  const heads = deadHeads.map((dead) => {
    const shared = sharedBy(dead.kind, base);
    return shared > 1
      ? l10n.t("Head {0}, shared by {1} heads, keeps no weights in {2}", headName(dead), shared, dead.kind)
      : l10n.t("Head {0} keeps no weights in {1}", headName(dead), dead.kind);
  });
  const hasCross = kinds.some(({ kind }) => kind === "CV" || kind === "CAO");
  return (
    <>
      <Heading title={l10n.t("Dead heads, rows and columns")} />
      <p>
        {heads.length
          ? `${heads.join("; ")}. `
          : `${
              hasCross
                ? l10n.t("Every head keeps some weights in its V and CV rows and AO and CAO columns.")
                : l10n.t("Every head keeps some weights in its V rows and AO columns.")
            } `}
        {deadText(mask, details)}
      </p>
    </>
  );
}

/** Column headers for a part's effect, and the cells below them. */
const EFFECTS = [l10n.t("pruned /\nexpected"), CONFIDENCE, "z", "φ", "●"];
const against = ({ effect, z, phi, marked }: Omit<Changed, "regrown">) => [
  ...[fixed(effect?.value, 3), rangeOf(effect, 3), fixed(z, 1), fixed(phi, 2), dot({ marked })],
];

/** A table's header, and a row for one part: its effect and its counts. */
const header = (first: string) => [
  ...[first, ...EFFECTS, l10n.t("pruned"), EXPECTED, l10n.t("regrown"), l10n.t("sparsity, %")],
];
const row = (name: Cell, part: Part): Cell[] => [
  ...[name, ...against(part), count(part.pruned), count(part.expected), count(part.regrown)],
  percent(part.sparsity, 2),
];

const OF_ALL = l10n.t("expected: given the initial scores, at the pruning rates of all matrices together");

type Part = Changed & Pick<MatrixDescription, "sparsity">;

/** Counts for parts of the encoder, compared with the counts expected at the pruning rates of all matrices together. */
const Parts = ({ title, parts }: { title: string; parts: readonly (readonly [name: string, part: Part])[] }) => (
  <>
    <Heading
      title={title}
      aside={withMarks(
        OF_ALL,
        parts.map(([, part]) => part),
      )}
    />
    <NumbersTable sorts caption={title} header={header("")} rows={parts.map(([name, part]) => row(name, part))} />
  </>
);

const ByKind = ({ mask: { kinds } }: Props) => (
  <Parts title={l10n.t("By kind")} parts={kinds.map((kind) => [kind.kind, kind])} />
);

/** Layers from the top down, as in the grids. */
const ByLayer = ({ mask: { layers } }: Props) => (
  <Parts
    title={l10n.t("By layer")}
    parts={[...layers]
      .sort((a, b) => (b.layer ?? 1e9) - (a.layer ?? 1e9))
      .map((layer) => [layerTitle(layer.layer), layer])}
  />
);

function Lines({ mask }: Props) {
  const details = useStore(told, (state) => state.details);
  const title = l10n.t("Rows and columns furthest from expectation");
  const lines = furthestLines(mask, details);
  return (
    <>
      <Heading title={title} aside={linesText(mask, details)} />
      {details.size ? (
        <NumbersTable
          sorts
          caption={title}
          header={[
            ...[
              l10n.t("row or column"),
              l10n.t("pruned /\nexpected"),
              CONFIDENCE,
              "z",
              "●",
              l10n.t("pruned"),
              EXPECTED,
              l10n.t("kept"),
            ],
          ]}
          onOpen={(row) => openMatrix(lines[row]!.matrix.name, lines[row]!.spot)}
          rows={lines.map(({ name, line }) => [
            name,
            ...[fixed(line.effect.value, 2), rangeOf(line.effect), fixed(line.z, 1), dot(line)],
            ...[grouped(line.pruned), fixed(line.expected, 1), grouped(line.kept)],
          ])}
        />
      ) : (
        <Hint>{l10n.t("Counting rows and columns…")}</Hint>
      )}
    </>
  );
}

function ByMatrix({ subject, mask: { matrices } }: Props & { readonly subject: Described }) {
  const details = useStore(told, (state) => state.details);
  const size = (value: number | null | undefined) => fixed(value, 4);
  const dead = (lines: MatrixDetails["rows"] | undefined) => (lines ? grouped(lines.dead) : "…");
  return (
    <>
      <Heading
        title={l10n.t("By matrix")}
        aside={`${withMarks(OF_ALL, matrices)}; ${l10n.t("|W|: mean absolute value of the base model's kept, off and pruned weights; dead rows and columns keep no weights")}`}
      />
      <NumbersTable
        sorts
        caption={l10n.t("By matrix")}
        onOpen={(row) => openMatrix(matrices[row]!.name)}
        copies={(row) => numpyItems(subject, { matrix: matrices[row]! })}
        header={[
          ...header(l10n.t("matrix")),
          ...[
            l10n.t("|W|\nkept"),
            l10n.t("|W|\noff"),
            l10n.t("|W|\npruned"),
            l10n.t("dead\nrows"),
            l10n.t("dead\ncolumns"),
          ],
        ]}
        rows={matrices.map((matrix) => {
          const more = details.get(matrix.name);
          const { kept, off, pruned } = more?.magnitudes ?? {};
          return [
            ...row(placeCell(matrix), matrix),
            ...[size(kept), size(off), size(pruned), dead(more?.rows), dead(more?.columns)],
          ];
        })}
      />
    </>
  );
}

function ByHead({ subject, mask }: Props & { readonly subject: Described }) {
  const ranked = rankedHeads(mask, "own");
  const heads = ranked.length ? ranked : ownHeads(mask);
  return (
    <Fold name="heads" summary={l10n.t("By attention head ({0})", heads.length)}>
      <Hint>
        {withMarks(
          l10n.t("expected: given the initial scores, at the pruning rates of the head's own matrices"),
          heads,
        )}
      </Hint>
      <NumbersTable
        sorts
        caption={l10n.t("By attention head")}
        onOpen={(row) => openHead(mask, heads[row]!)}
        copies={(row) => numpyItems(subject, heads[row]!)}
        header={[l10n.t("head"), ...EFFECTS, l10n.t("pruned"), EXPECTED, l10n.t("kept, %")]}
        rows={heads.map((head) => [
          ...[nameAmongViews(head), ...against(head), count(head.pruned), count(head.expected)],
          percent(head.density, 2),
        ])}
      />
    </Fold>
  );
}

/** How many rows and columns keep no weights, compared with the number expected if the zeros were randomly placed. */
function deadText({ matrices }: MaskDescription, details: Details): string {
  if (details.size < matrices.length) return l10n.t("Counting rows and columns…");
  const rows = deadLines([...details.values()].map((one) => one.rows));
  const columns = deadLines([...details.values()].map((one) => one.columns));
  const expected = (value: number) => (value < 0.05 ? "0" : fixed(value, 1));
  return l10n.t(
    "Rows without a kept weight: {0} ({1} expected with randomly placed zeros); columns: {2} ({3} expected with randomly placed zeros).",
    ...[grouped(rows.dead), expected(rows.expected), grouped(columns.dead), expected(columns.expected)],
  );
}

/** Says what the rows and columns are compared with, and how many of them the table shows. */
function linesText({ matrices }: MaskDescription, details: Details): string {
  const against = l10n.t("expected: given the initial scores, at the pruning rates of their own matrix");
  if (details.size < matrices.length) return against;
  const all = [...details.values()].flatMap(({ rows, columns }) => [rows, columns]);
  const furthest = all.flatMap((lines) => lines.furthest);
  const known = all.filter(({ marked }) => marked !== null);
  if (!known.length) return against;
  const shown = l10n.t(
    "{0} of {1} shown, at most {2} rows and {2} columns per matrix; ● {3} of {4} marked",
    ...[
      grouped(furthest.length),
      grouped(sum(all, (lines) => lines.count)),
      Math.max(...all.map((lines) => lines.furthest.length)),
      grouped(furthest.filter(({ marked }) => marked).length),
      grouped(sum(known, ({ marked }) => marked!)),
    ],
  );
  return `${against}; ${shown}; ${l10n.t("the Matrix tab shows all rows and columns")}`;
}

interface FurthestLine {
  readonly name: string;
  readonly line: LineDescription;
  readonly matrix: MatrixDescription;
  /** The line's position in its matrix. */
  readonly spot: Spot;
}

function furthestLines({ matrices }: MaskDescription, details: Details): FurthestLine[] {
  return matrices
    .flatMap((matrix) => {
      const { rows, columns } = details.get(matrix.name) ?? {};
      return [
        ...(rows?.furthest ?? []).map((line) => ({
          ...{ name: l10n.t("{0}, row {1}", placeOf(matrix), line.line), line, matrix, spot: { row: line.line } },
        })),
        ...(columns?.furthest ?? []).map((line) => ({
          ...{ name: l10n.t("{0}, column {1}", placeOf(matrix), line.line), line, matrix, spot: { column: line.line } },
        })),
      ];
    })
    .sort((a, b) => Math.abs(b.line.z) - Math.abs(a.line.z));
}
