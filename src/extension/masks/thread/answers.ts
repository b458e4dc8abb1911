// The mask thread's request handlers.

import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { InputError } from "../../../errors.ts";
import { beganAs, flipsOf, type LinePruning, linePruning, unknownBecause } from "../../../mask/changed.ts";
import { comparePairs, describePair } from "../../../mask/compare.ts";
import { controlSeed } from "../../../mask/control.ts";
import { countMatrix, describeCounted, describeMask, type MatrixProgress } from "../../../mask/describe.ts";
import type { Mask } from "../../../mask/file.ts";
import { judgePairs } from "../../../mask/judge.ts";
import { describeLines, magnitudesOf, testLines } from "../../../mask/lines.ts";
import { addTallies, namesOf, pairsAmong, tallyMatrix } from "../../../mask/pairs.ts";
import { sizeOf, sum } from "../../../mask/statistics.ts";
import type { LinePruningView } from "../../../messages.ts";
import type { Answers, FindModels } from "../../../worker/channel.ts";
import { countAll, countShare, forgetInHelpers } from "./helpers.ts";
import { baseOf, basesOf, folderOf, forgetMasks, lookInto, matrixOf, openMask, valuesOf } from "./opened-masks.ts";
import type { Handed, MaskRequests } from "./requests.ts";

function viewOf(drops: LinePruning): LinePruningView {
  const lines = testLines(drops);
  return {
    z: Float32Array.from(lines, ({ z }) => z ?? Number.NaN),
    effects: Float32Array.from(
      lines.flatMap(({ effect }) =>
        effect ? [effect.value, effect.low, effect.high] : [Number.NaN, Number.NaN, Number.NaN],
      ),
    ),
    marks: Uint8Array.from(lines, ({ marked }) => Number(marked)),
  };
}

const packed = promisify(gzip);

/** How long results are collected before they are sent to a page, in milliseconds: each update redraws the page. */
const PROGRESS_EVERY = 150;

/** A copy of the mask without its initial scores, so that it can be described immediately. */
function bare(mask: Mask): Mask {
  return { ...mask, metadata: { ...mask.metadata, initial: null } };
}

function handed(mask: Mask): Handed {
  return { file: mask.file, checksum: mask.metadata.checksum, decoded: mask.packed && mask };
}

/** The mask that a helper was handed: the file may be rewritten before the helper reads it. */
async function sameMask({ file, checksum, decoded }: Handed, models: FindModels): Promise<Mask> {
  const mask = decoded ?? (await openMask(file, models));
  if (mask.metadata.checksum === checksum) return mask;
  throw new InputError("the mask was rewritten while it was being read", { file }, "open it again");
}

export const answers: Answers<MaskRequests> = {
  async describe({ file }, { emit, models }) {
    let shown = performance.now();
    const mask = await openMask(file, models, async (weights, of) => {
      if (performance.now() - shown < PROGRESS_EVERY) return;
      emit({ unpacked: weights / of });
      shown = performance.now();
    });
    emit({ complete: false, description: describeMask(bare(mask)), metadata: mask.metadata });
    const { matrices, metadata } = mask;
    const weightsOf = await baseOf(mask, models);
    if (unknownBecause(mask, weightsOf) !== null)
      return { complete: true, description: describeCounted(mask, [], weightsOf), metadata };
    let progress: MatrixProgress[] = [];
    let told = performance.now();
    const counted = await countAll(
      { total: matrices.length, weights: sum(matrices, ({ bits }) => sizeOf(bits)), models },
      (index) => countMatrix(mask, matrices[index]!, weightsOf),
      (helper, next, onEvent) => helper.ask("count", { ...handed(mask), next }, { onEvent }),
      ({ name, pruned, regrown, heads }) => {
        progress.push({ name, pruned, regrown, heads });
        if (performance.now() - told < PROGRESS_EVERY) return;
        emit({ progress });
        progress = [];
        told = performance.now();
      },
    );
    return { complete: true, description: describeCounted(mask, counted, weightsOf), metadata };
  },

  async count({ next, ...given }, { emit, models }) {
    const mask = await sameMask(given, models);
    const weightsOf = await baseOf(mask, models);
    return countShare(next, mask.matrices.length, (index) => countMatrix(mask, mask.matrices[index]!, weightsOf), emit);
  },

  async summary({ file }, { models }) {
    const { metadata } = await openMask(file, models);
    const { tool, base, task, seeds, run, checksum } = metadata;
    return { file, tool, base, task, seeds, run, checksum, permuteLabels: controlSeed(metadata) };
  },

  async matrix({ file, name }, { models }) {
    const mask = await openMask(file, models);
    const matrix = mask.matrices.find((one) => one.name === name);
    if (!matrix) return null;
    const { rows, columns, bytes } = matrix.bits;
    // A copy: sending a view of the file's bytes would send the whole file. (A Buffer's slice is not a copy.)
    const view = { name, rows, columns, bits: new Uint8Array(bytes) };
    const weightsOf = await baseOf(mask, models);
    if (unknownBecause(mask, weightsOf) !== null)
      return { ...view, initial: null, rowPruning: null, columnPruning: null };
    const flips = flipsOf(mask, matrix, weightsOf)!;
    const lines = linePruning(matrix.bits, flips);
    return {
      ...view,
      initial: beganAs(matrix.bits, flips).bytes,
      rowPruning: viewOf(lines.rows),
      columnPruning: viewOf(lines.columns),
    };
  },

  async model({ file }, { models }) {
    return (await folderOf(await openMask(file, models), models)) ?? null;
  },

  async weight({ file, name, row, column }, { models }) {
    const mask = await openMask(file, models);
    const { scores, values } = await lookInto(mask, name, models);
    const index = row * matrixOf(mask, name).bits.columns + column;
    return { score: scores?.[index] ?? null, value: values?.[index] ?? null };
  },

  async details({ file }, { emit, models }) {
    const mask = await openMask(file, models);
    const weightsOf = await baseOf(mask, models);
    const known = unknownBecause(mask, weightsOf) === null;
    let compressed = 0;
    for (const matrix of mask.matrices) {
      const flips = known ? flipsOf(mask, matrix, weightsOf) : undefined;
      const values = await valuesOf(mask, matrix.name, models);
      const magnitudes = values ? magnitudesOf(matrix.bits, values, flips) : null;
      emit({ name: matrix.name, ...describeLines(matrix.bits, flips), magnitudes });
      compressed += (await packed(matrix.bits.bytes)).length;
    }
    return compressed;
  },

  async compare({ files }, { emit, models }) {
    const opened = await Promise.all(files.map((file) => openMask(file, models)));
    emit(comparePairs(opened.map(bare)).pairs);
    const weightsOf = await basesOf(opened, models);
    const pairs = pairsAmong(opened, weightsOf);
    const names = namesOf(pairs);
    const weights = sum(opened, ({ matrices }) => sum(matrices, ({ bits }) => sizeOf(bits)));
    const tallies = await countAll(
      { total: names.length, weights, models },
      (index) => tallyMatrix(pairs, names[index]!, true, weightsOf),
      (helper, next, onEvent) => helper.ask("tally", { masks: opened.map(handed), next }, { onEvent }),
    );
    for (const one of tallies) addTallies(pairs, one);
    return pairs.map(describePair);
  },

  async tally({ masks, next }, { emit, models }) {
    const opened = await Promise.all(masks.map((mask) => sameMask(mask, models)));
    const weightsOf = await basesOf(opened, models);
    const pairs = pairsAmong(opened, weightsOf);
    const names = namesOf(pairs);
    return countShare(next, names.length, (index) => tallyMatrix(pairs, names[index]!, true, weightsOf), emit);
  },

  async forget() {
    forgetMasks();
    await forgetInHelpers();
    return null;
  },

  async judge({ files, against, related, pairs, known }, { models }) {
    const opened = await Promise.all(files.map((file) => openMask(file, models)));
    // An unreadable reference mask is skipped; its error is shown when the user opens it.
    const read = await Promise.all(against.map((file) => openMask(file, models).catch(() => undefined)));
    const others = read.filter((mask) => mask !== undefined);
    const lifts = new Map(known);
    const weightsOf = await basesOf([...opened, ...others], models);
    const judged = judgePairs(pairs, opened, { against: others, related, known: lifts }, weightsOf);
    const unread = read.length - others.length;
    const note = `${unread} of ${read.length} reference masks cannot be read`;
    return {
      pairs: unread ? judged.map((pair) => ({ ...pair, notes: [...pair.notes, note] })) : judged,
      known: [...lifts],
    };
  },
};
