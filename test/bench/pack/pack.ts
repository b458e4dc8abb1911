// npm run bench pack: how small masks get, by context, beside general compressors and entropies; and how fast packed masks are
// read. Trains missing cells. Writes docs/pack.md.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { baseWeightsOf } from "../../../src/adaptation/base.ts";
import { countMatrix, describeCounted } from "../../../src/mask/describe.ts";
import { type Based, decodeMask, encodePacked, encodePlain, type Packing } from "../../../src/mask/file.ts";
import type { Contexts } from "../../../src/mask/packed/matrix.ts";
import { median } from "../../../src/mask/significance.ts";
import { sizeOf, sum } from "../../../src/mask/statistics.ts";
import { fixed, grouped, signed } from "../../../src/numbers.ts";
import { decodeSafetensors } from "../../../src/safetensors.ts";
import { writeBigMask } from "../big-mask.ts";
import { markdown } from "../markdown.ts";
import { minilm } from "../tasks.ts";
import { type PackedCell, packCells, RECIPE } from "./masks.ts";

const PAGE = "docs/pack.md";
/** In percent of the entropy given the initial scores; in seconds. */
const GOAL = { scores: 2, contexts: -3, decoding: 1.5, later: 0.5 };
const ROUNDS = 5;
/** The bits of BERT-base's layers 2 to 11, pooler and a classifier of two labels, in MB. */
const BERT_BASE = 8.92;

const base = (mask: Based) => baseWeightsOf([mask], { model: minilm() });

/** The contexts of each row of the second table: what is added to the row above. */
const STEPS: readonly (readonly [string, Contexts])[] = [
  ["neighbours, rows and columns, without initial scores", { scores: false, lines: true, signs: false }],
  ["initial scores alone", { scores: true, lines: false, signs: false }],
  ["+ rows and columns", { scores: true, lines: true, signs: false }],
  ["+ signs of the base model's weights", { scores: true, lines: true, signs: true }],
];

/** The bytes of a mask's streams, packed in one way. */
async function streamsOf({ mask }: PackedCell, packing: Packing): Promise<number> {
  const packed = Buffer.concat(await encodePacked(readFileSync(mask.file), mask.file, packing));
  const { header } = decodeSafetensors(packed, mask.file);
  return sum(mask.matrices, ({ name }) => header.entries.get(name)!.shape[0]!);
}

const contextsOf = (contexts: Contexts): Packing => ({
  choices: (known) => [{ ...contexts, signs: contexts.signs && known.weights !== undefined }],
  ...(contexts.signs && { base }),
});

interface Sizes {
  readonly cell: PackedCell;
  readonly weights: number;
  readonly plain: number;
  readonly gzip: number;
  readonly brotli: number;
  /** undefined without the program. */
  readonly zstd: number | undefined;
  readonly entropy: number;
  readonly given: number;
  readonly packed: number;
  readonly based: number;
  readonly steps: readonly number[];
}

async function sizesOf(cell: PackedCell): Promise<Sizes> {
  const { mask } = cell;
  const bits = Buffer.concat(mask.matrices.map(({ bits }) => bits.bytes));
  const { sizes } = describeCounted(
    mask,
    mask.matrices.map((matrix) => countMatrix(mask, matrix)),
  );
  const zstd = spawnSync("zstd", ["-19", "-c", "-q"], { input: bits, maxBuffer: 2 ** 30 });
  const steps: number[] = [];
  for (const [, contexts] of STEPS) steps.push(await streamsOf(cell, contextsOf(contexts)));
  return {
    ...{ cell, weights: sum(mask.matrices, ({ bits }) => sizeOf(bits)), plain: bits.length },
    gzip: gzipSync(bits, { level: 9 }).length,
    brotli: brotliCompressSync(bits, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }).length,
    zstd: zstd.status === 0 ? zstd.stdout.length : undefined,
    ...{ entropy: sizes.entropy, given: sizes.givenInitial!, steps },
    ...{ packed: await streamsOf(cell, {}), based: await streamsOf(cell, { base }) },
  };
}

interface Times {
  readonly weights: number;
  readonly bytes: { readonly plain: number; readonly packed: number };
  readonly plain: Seconds;
  readonly packed: Seconds;
}

/** Median seconds of CPU time, and by the clock. */
type Seconds = readonly [core: number, clock: number];

/** How long the generated mask of BERT-base's size is read, in turns. */
async function times(): Promise<Times> {
  const folder = mkdtempSync(path.join(tmpdir(), "masklens-pack-"));
  try {
    const file = path.join(folder, "big.mask.safetensors");
    await writeBigMask(file, 1);
    const plain = readFileSync(file);
    const packed = Buffer.concat(await encodePacked(plain, file));
    if (!plain.equals(Buffer.concat(await encodePlain(packed, file))))
      throw new Error("the plain file did not come back");
    const runs: Record<"plain" | "packed", (readonly [number, number])[]> = { plain: [], packed: [] };
    let weights = 0;
    for (let round = 0; round < ROUNDS; round++)
      for (const [name, bytes] of Object.entries({ plain, packed })) {
        const [core, clock] = [process.cpuUsage(), performance.now()];
        const { matrices } = await decodeMask(bytes, file);
        const { user, system } = process.cpuUsage(core);
        runs[name as keyof typeof runs].push([(user + system) / 1e6, (performance.now() - clock) / 1e3]);
        weights = sum(matrices, ({ bits }) => sizeOf(bits));
      }
    const medians = (name: keyof typeof runs) =>
      [0, 1].map((i) => median(runs[name].map((run) => run[i]!))) as [number, number];
    const bytes = { plain: plain.length, packed: packed.length };
    return { weights, bytes, plain: medians("plain"), packed: medians("packed") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export async function benchPack(): Promise<void> {
  const all: Sizes[] = [];
  for (const cell of await packCells()) all.push(await sizesOf(cell));
  const page = pageOf(all, await times());
  writeFileSync(PAGE, page);
  console.log(page);
}

const nameOf = ({ cell: { task, learningRate } }: Sizes) => `${task}, ${learningRate}`;
const over = (size: number, { given }: Sizes) => 100 * (size / given - 1);
const perWeight = (size: number, { weights }: Sizes) => fixed((8 * size) / weights, 4);
const kilobytes = (size: number | undefined) => (size === undefined ? "–" : grouped(size / 1000));
const range = (values: readonly number[], shown: (value: number) => string) =>
  `${shown(Math.min(...values))} to ${shown(Math.max(...values))}`;

/** "reached" or "not reached", with the numbers. */
const judged = (what: string, isReached: boolean, numbers: string) =>
  `- ${what}: ${isReached ? "reached" : "**not reached**"} (${numbers}).`;

function pageOf(all: readonly Sizes[], { weights, bytes, plain, packed }: Times): string {
  const [alone, withBase] = [1, 3].map((step) => all.map((one) => over(one.steps[step]!, one))) as [number[], number[]];
  const withoutBase = all.map((one) => over(one.packed, one));
  const best = all.map((one) => over(one.based, one));
  const percent = (value: number) => `${signed(value, 1)} %`;
  const later = [packed[0] - plain[0], packed[1] - plain[1]] as const;
  const processor = cpus()[0]?.model.trim() ?? "unknown";
  return [
    "# Packed masks",
    "",
    `Made by \`npm run bench pack\`: masks over all-MiniLM-L6-v2 (${grouped(all[0]!.weights)} weights in all layers, pooler and classifier) with the paper's recipe: uniform initial scores, initial sparsity 5 %, ${RECIPE.epochs} epochs of ${grouped(RECIPE.limit.train)} examples, batch size ${RECIPE.batchSize}, nothing trained beside the masks. How files are packed: [mask-file.md](mask-file.md#packed-files). Sizes are those of the bits alone, in kB; a file also has ${kilobytes(sum(all, ({ cell }) => sum(cell.mask.tensors, ({ data }) => data.byteLength)) / all.length)} kB of float32 tensors and its metadata.`,
    "",
    "## Sizes",
    "",
    "*Entropy given sparsity* is the smallest size that any code could reach if bits were independent, given each matrix's sparsity; *entropy given initial scores* is that of flips at the rates of 400 strata in each matrix, which would have to be known beforehand. A code that adapts to the bits pays for learning such rates, so *packed* can be above it, and contexts that make bits dependent can take it below.",
    "",
    ...markdown(
      [
        "task, learning rate",
        "sparsity, %",
        "plain",
        "gzip -9",
        "brotli -q 9",
        "zstd -19",
        "entropy given sparsity",
        "entropy given initial scores",
        "packed",
        "packed with the base model",
      ],
      all.map((one) => [
        nameOf(one),
        fixed(100 * describeCounted(one.cell.mask, []).sparsity, 2),
        ...[one.plain, one.gzip, one.brotli, one.zstd, one.entropy, one.given].map(kilobytes),
        `${kilobytes(one.packed)} (${percent(over(one.packed, one))})`,
        `${kilobytes(one.based)} (${percent(over(one.based, one))})`,
      ]),
    ),
    "",
    "In brackets: compared with the entropy given the initial scores. *packed* needs nothing but the file; *packed with the base model* (`--with-base`) needs the base model to be read.",
    ...(all.some(({ zstd }) => zstd === undefined) ? ["The program zstd was not found."] : []),
    "",
    "## What each context gains",
    "",
    "Bits per weight if every matrix is coded with these contexts (a row with + adds to the row above it), and in brackets compared with the entropy given the initial scores. The last two rows choose for each matrix. Layers and matrix kinds have no rows of their own: the terms of initial scores adapt from matrix to matrix, and those of each kind are part of every row.",
    "",
    ...markdown(
      ["contexts", ...all.map(nameOf)],
      [
        ...STEPS.map(([name], step) => [name, ...all.map((one) => shownStep(one.steps[step]!, one))]),
        ["smallest for each matrix, without the base model", ...all.map((one) => shownStep(one.packed, one))],
        ["smallest for each matrix, with the base model", ...all.map((one) => shownStep(one.based, one))],
      ],
    ),
    "",
    "Rows and columns gain little, probably because Adam divides each weight's gradient by its own size, so that large gradients of a row or a column barely make its scores move further. The magnitude of a base weight gained nothing in trials (not in the table), probably for the same reason, and is used only where the initial scores are not. What the signs predict is the direction in which a score moves.",
    "",
    "## Time",
    "",
    `A generated mask of BERT-base's size (layers 2 to 11, pooler and classifier; ${grouped(weights)} weights), medians of ${ROUNDS} readings in turns on one core of ${processor}, Node ${process.version}, including checksums:`,
    "",
    ...markdown(
      ["file", "MB", "CPU time, s", "wall-clock time, s"],
      [
        ["plain", fixed(bytes.plain / 1e6, 2), ...plain.map((value) => fixed(value, 2))],
        ["packed", fixed(bytes.packed / 1e6, 2), ...packed.map((value) => fixed(value, 2))],
      ],
    ),
    "",
    "Wall-clock time exceeds CPU time when other programs use the processor.",
    "",
    "## Extrapolation to BERT-base",
    "",
    `Not measured: the masks above are of a smaller model. If BERT-base's layers 2 to 11, pooler and classifier (${BERT_BASE} MB of plain bits) took as many bits per weight:`,
    "",
    ...markdown(
      ["task, learning rate", "packed, MB", "with the base model, MB"],
      all.map((one) => [
        nameOf(one),
        ...[one.packed, one.based].map((size) => fixed((BERT_BASE * size) / one.plain, 2)),
      ]),
    ),
    "",
    "## Goals",
    "",
    judged(
      `initial scores alone: at most ${GOAL.scores} % over the entropy given them`,
      alone.every((value) => value <= GOAL.scores),
      range(alone, percent),
    ),
    judged(
      `all contexts, with the base model: at least ${-GOAL.contexts} % under it`,
      [withBase, best].every((values) => values.every((value) => value <= GOAL.contexts)),
      range(best, percent),
    ),
    judged(
      `all contexts, without the base model: at least ${-GOAL.contexts} % under it`,
      withoutBase.every((value) => value <= GOAL.contexts),
      range(withoutBase, percent),
    ),
    judged(`reading ${grouped(weights)} weights in ${GOAL.decoding} s`, packed[1] <= GOAL.decoding, secondsOf(packed)),
    judged(
      `the bits of a packed mask, and so its first picture, at most ${GOAL.later} s later than of a plain one`,
      later[1] <= GOAL.later,
      secondsOf(later),
    ),
    "",
  ].join("\n");
}

const secondsOf = ([core, clock]: Seconds) => `${fixed(clock, 2)} s by the clock, ${fixed(core, 2)} s of CPU time`;

const shownStep = (size: number, one: Sizes) => `${perWeight(size, one)} (${signed(over(size, one), 1)} %)`;
