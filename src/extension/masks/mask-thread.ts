// A thread of the extension host that reads and counts masks. It recomputes initial masks of 71 million weights without
// blocking the editor. Built as a separate bundle.

import { setImmediate as turn } from "node:timers/promises";
import { promisify } from "node:util";
import { parentPort } from "node:worker_threads";
import { gzip } from "node:zlib";
import { baseWeightsOf, openWeightsOf, type Places } from "../../adaptation/base.ts";
import { InputError, messageOf } from "../../errors.ts";
import { readFileLimited, writtenOf } from "../../files.ts";
import {
  beganAs,
  flipsOf,
  type LinePruning,
  linePruning,
  needsBase,
  ownWeights,
  roleOf,
  unknownBecause,
  type WeightsOf,
} from "../../mask/changed.ts";
import { comparePairs } from "../../mask/compare.ts";
import { controlSeed } from "../../mask/control.ts";
import { describeMask, describing, type MatrixProgress } from "../../mask/describe.ts";
import { decodeMask, type Mask, type MaskMatrix } from "../../mask/file.ts";
import { initialScores, needsWeights } from "../../mask/initial.ts";
import { judgePairs } from "../../mask/judge.ts";
import { describeLines, magnitudesOf, testLines } from "../../mask/lines.ts";
import type { LinePruningView } from "../../messages.ts";
import type { MaskReply, MaskRequest, MaskRequests } from "./mask-requests.ts";

/** The mask of a model of 10 billion weights has 1.25 GB. */
const LARGEST = 2 ** 31 - 1;

let models: Promise<readonly string[]> | undefined;
let tell: (folders: readonly string[]) => void = () => undefined;
/** How long the list of model folders is cached, in milliseconds: one request may need it for each matrix. */
const MODELS_HOLD = 5000;

/** The model folders that the editor knows. */
function knownModels(): Promise<readonly string[]> {
  models ??= new Promise((resolve) => {
    tell = (folders) => {
      resolve(folders);
      setTimeout(() => {
        models = undefined;
      }, MODELS_HOLD).unref();
    };
    parentPort!.postMessage({ type: "models wanted" } satisfies MaskReply);
  });
  return models;
}

/**
 * Reads from a mask's base model, which is looked up only in the folders that the editor knows: the path in a mask may point
 * anywhere, and opening a mask must not read other files. undefined if none of the folders contains it.
 */
async function inBase<T>(mask: Mask, look: (mask: Mask, places: Places) => Promise<T>): Promise<T | undefined> {
  const { path, ...base } = mask.metadata.base;
  const known = await knownModels();
  const isKnown = path !== undefined && known.includes(path);
  const within = { ...mask, metadata: { ...mask.metadata, base: isKnown ? { ...base, path } : base } };
  return look(within, { models: async () => known }).catch(() => undefined);
}

const masks = new Map<string, { readonly written: string; readonly mask: Promise<Mask> }>();
const weights = new WeakMap<Mask, Promise<WeightsOf | undefined>>();

/** The mask in a file, reread if it has been rewritten; if the file was deleted, the cached mask. */
async function open(file: string): Promise<Mask> {
  const found = await writtenOf(file);
  const known = masks.get(file);
  const written = found ?? known?.written ?? "";
  if (known?.written === written) return known.mask;
  const mask = readFileLimited(file, LARGEST, "choose a mask file").then((bytes) => {
    if (!bytes.length) throw new InputError("the file is empty", { file }, "train the mask again");
    return decodeMask(bytes, file);
  });
  masks.set(file, { written, mask });
  mask.catch(() => masks.delete(file));
  return mask;
}

/** The base weights that determine an initial mask; undefined if none are needed or they are unavailable. */
function baseOf(mask: Mask): Promise<WeightsOf | undefined> {
  if (!needsBase(mask)) return Promise.resolve(undefined);
  let found = weights.get(mask);
  if (!found) {
    found = inBase(mask, (within, places) => baseWeightsOf([within], places));
    weights.set(mask, found);
    // A missing base model may come back.
    void found.then((base) => base || weights.delete(mask));
  }
  return found;
}

/** The same for several masks over one base: each provides the weights of its own matrices. */
async function basesOf(masks: readonly Mask[]): Promise<WeightsOf> {
  const bases = await Promise.all(masks.map(baseOf));
  return (name) => bases.map((base) => base?.(name)).find((found) => found);
}

function matrixOf(mask: Mask, name: string): MaskMatrix {
  const matrix = mask.matrices.find((candidate) => candidate.name === name);
  if (!matrix) throw new InputError(`the mask has no matrix ${name}`, { file: mask.file }, "choose another matrix");
  return matrix;
}

/** A matrix's weights, from the mask file or its base model; undefined if unavailable. */
async function valuesOf(mask: Mask, name: string): Promise<Float32Array | undefined> {
  const own = ownWeights(mask, name);
  if (own) return own;
  if (!Object.hasOwn(mask.metadata.base.weights, name)) return undefined;
  return inBase(mask, async (within, places) => {
    const checkpoint = await openWeightsOf(within, places, [name]);
    try {
      return await checkpoint.readFloat32(name);
    } finally {
      await checkpoint.close();
    }
  });
}

/** The scores and values of the matrix inspected last. */
let looked: {
  readonly mask: Mask;
  readonly name: string;
  readonly scores: Float32Array | undefined;
  readonly values: Float32Array | undefined;
};

async function lookInto(mask: Mask, name: string): Promise<typeof looked> {
  if (looked?.mask === mask && looked.name === name) return looked;
  const { layer, bits } = matrixOf(mask, name);
  const { initial } = mask.metadata;
  const values = await valuesOf(mask, name);
  const known = initial && (values || !needsWeights(initial, roleOf(layer)));
  const scores = known ? initialScores(initial, name, bits.rows, bits.columns, values, roleOf(layer)) : undefined;
  looked = { mask, name, scores, values };
  return looked;
}

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

/** How long matrices are collected before a page is updated, in milliseconds: each update redraws it. */
const PROGRESS_EVERY = 150;

/** The mask without its initial scores: what can be described immediately. */
function bare(mask: Mask): Mask {
  return { ...mask, metadata: { ...mask.metadata, initial: null } };
}

type Answers = {
  readonly [N in keyof MaskRequests]: (
    params: MaskRequests[N]["params"],
    part: (value: MaskRequests[N]["part"]) => void,
  ) => Promise<MaskRequests[N]["answer"]>;
};

const answers: Answers = {
  async models({ folders }) {
    tell(folders);
    return null;
  },

  async describe({ file }, part) {
    const mask = await open(file);
    part({ complete: false, description: describeMask(bare(mask)), metadata: mask.metadata });
    const steps = describing(mask, await baseOf(mask));
    let counted: MatrixProgress[] = [];
    let told = performance.now();
    for (;;) {
      const step = steps.next();
      if (step.done) return { complete: true, description: step.value, metadata: mask.metadata };
      counted.push(step.value);
      await turn(); // lets other requests in
      if (performance.now() - told < PROGRESS_EVERY) continue;
      part({ progress: counted });
      counted = [];
      told = performance.now();
    }
  },

  async summary({ file }) {
    const { metadata } = await open(file);
    const { tool, base, task, seeds } = metadata;
    return { file, tool, base, task, seeds, permuteLabels: controlSeed(metadata) };
  },

  async matrix({ file, name }) {
    const mask = await open(file);
    const matrix = mask.matrices.find((one) => one.name === name);
    if (!matrix) return null;
    const { rows, columns, bytes } = matrix.bits;
    // A copy of its own: with a part of the file's bytes the whole file would travel. (A Buffer's slice is no copy.)
    const view = { name, rows, columns, bits: new Uint8Array(bytes) };
    const weightsOf = await baseOf(mask);
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

  async weight({ file, name, row, column }) {
    const mask = await open(file);
    const { scores, values } = await lookInto(mask, name);
    const index = row * matrixOf(mask, name).bits.columns + column;
    return { score: scores?.[index] ?? null, value: values?.[index] ?? null };
  },

  async details({ file }, part) {
    const mask = await open(file);
    const weightsOf = await baseOf(mask);
    const known = unknownBecause(mask, weightsOf) === null;
    let compressed = 0;
    for (const matrix of mask.matrices) {
      const flips = known ? flipsOf(mask, matrix, weightsOf) : undefined;
      const values = await valuesOf(mask, matrix.name);
      const magnitudes = values ? magnitudesOf(matrix.bits, values, flips) : null;
      part({ name: matrix.name, ...describeLines(matrix.bits, flips), magnitudes });
      compressed += (await packed(matrix.bits.bytes)).length;
    }
    return compressed;
  },

  async compare({ files }, part) {
    const opened = await Promise.all(files.map(open));
    part(comparePairs(opened.map(bare)).pairs);
    return comparePairs(opened, await basesOf(opened)).pairs;
  },

  async judge({ files, against, related, pairs, known }) {
    const opened = await Promise.all(files.map(open));
    // An unreadable mask reports its error when it is opened.
    const read = await Promise.all(against.map((file) => open(file).catch(() => undefined)));
    const others = read.filter((mask) => mask !== undefined);
    const lifts = new Map(known);
    const weightsOf = await basesOf([...opened, ...others]);
    const judged = judgePairs(pairs, opened, { against: others, related, known: lifts }, weightsOf);
    const unread = read.length - others.length;
    const note = `${unread} of ${read.length} reference masks cannot be read`;
    return {
      pairs: unread ? judged.map((pair) => ({ ...pair, notes: [...pair.notes, note] })) : judged,
      known: [...lifts],
    };
  },
};

parentPort!.on("message", async ({ id, name, params }: MaskRequest) => {
  const send = (reply: MaskReply) => parentPort!.postMessage(reply);
  try {
    const part = (value: unknown) => send({ id, type: "part", value });
    send({ id, type: "answer", value: await answers[name](params as never, part) });
  } catch (error) {
    send({ id, type: "error", message: messageOf(error) });
  }
});
