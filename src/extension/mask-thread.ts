// A thread of the extension host that reads masks and counts: initial masks of 71 million weights are made again here, and
// the editor goes on. Its program is a bundle of its own.

import { parentPort } from "node:worker_threads";
import type { MatrixView } from "../../webview/messages.ts";
import { InputError, messageOf } from "../errors.ts";
import { readFileLimited } from "../files.ts";
import { flipsOf, lineAt, lineDrops, needsBase, roleOf, unknownBecause, type WeightsOf } from "../mask/changed.ts";
import { comparePairs } from "../mask/compare.ts";
import { describeMask } from "../mask/describe.ts";
import { decodeMask, type Mask } from "../mask/file.ts";
import { initialMask } from "../mask/initial.ts";
import { baseWeightsOf } from "../train/base.ts";
import type { MaskReply, MaskRequest, MaskRequests } from "./mask-requests.ts";

/** The mask of a model of 10 billion weights has 1.25 GB. */
const LARGEST = 2 ** 31 - 1;

const masks = new Map<string, Promise<Mask>>();
const weights = new Map<string, Promise<WeightsOf | undefined>>();

function open(file: string): Promise<Mask> {
  let mask = masks.get(file);
  if (!mask) {
    mask = readFileLimited(file, LARGEST, "give a mask's file").then((bytes) => {
      if (!bytes.length) throw new InputError("the file is empty", { file }, "train the mask again");
      return decodeMask(bytes, file);
    });
    mask.catch(() => masks.delete(file));
    masks.set(file, mask);
  }
  return mask;
}

/** The base weights that an initial mask follows from; undefined where it needs none, or they are not at hand. */
function baseOf(mask: Mask): Promise<WeightsOf | undefined> {
  let found = weights.get(mask.file);
  if (!found) {
    found = needsBase(mask) ? baseWeightsOf(mask).catch(() => undefined) : Promise.resolve(undefined);
    weights.set(mask.file, found);
  }
  return found;
}

/** The mask without its beginnings: what can be said of it at once. */
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
  async describe({ file }, part) {
    const mask = await open(file);
    part({ complete: false, description: describeMask(bare(mask)), metadata: mask.metadata });
    return { complete: true, description: describeMask(mask, await baseOf(mask)), metadata: mask.metadata };
  },

  async matrix({ file, name }): Promise<MatrixView> {
    const mask = await open(file);
    const matrix = mask.matrices.find((candidate) => candidate.name === name);
    if (!matrix) throw new InputError(`it masks no matrix ${name}`, { file }, "choose another matrix");
    const { rows, columns, bytes } = matrix.bits;
    const view = { name, rows, columns, bits: bytes };
    const weightsOf = await baseOf(mask);
    if (unknownBecause(mask, weightsOf) !== null) return { ...view, initial: null, rowZ: null, columnZ: null };
    const { initial } = mask.metadata;
    const began = initialMask(initial!, name, rows, columns, weightsOf?.(name), roleOf(matrix.block))!;
    const lines = lineDrops(matrix.bits, flipsOf(mask, matrix, weightsOf)!);
    const z = (of: "rows" | "columns", count: number) =>
      Float32Array.from({ length: count }, (_, line) => lineAt(lines[of], line).z ?? Number.NaN);
    return { ...view, initial: began.bytes, rowZ: z("rows", rows), columnZ: z("columns", columns) };
  },

  async compare({ files }, part) {
    const opened = await Promise.all(files.map(open));
    part(comparePairs(opened.map(bare)).pairs);
    const bases = await Promise.all(opened.map(baseOf));
    return comparePairs(opened, (name) => bases.find((base) => base)?.(name)).pairs;
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
