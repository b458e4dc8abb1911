// masklens pack: writes masks as packed files, exact but smaller, or packed files as plain ones.

import { mkdir } from "node:fs/promises";
import path from "node:path";
import { baseWeightsOf, type Places } from "../../adaptation/base.ts";
import { LARGEST_FILE } from "../../adaptation/read.ts";
import { InputError } from "../../errors.ts";
import { explained, readFileLimited, requireFree, writeAtomic } from "../../files.ts";
import { type Based, decodeMask, encodePacked, encodePlain } from "../../mask/file.ts";
import type { WeightsOf } from "../../mask/initial.ts";
import { sizeOf, sum } from "../../mask/statistics.ts";
import { bytes, fixed } from "../../numbers.ts";
import { quoted } from "../../visible.ts";
import { type Command, JSON_FLAG, MODEL_FLAG } from "../command.ts";
import { table } from "../tables/table.ts";
import { print, printJson } from "../terminal.ts";
import { shorter } from "../train.ts";

const ENDING = ".mask.safetensors";

interface Rewritten {
  readonly mask: string;
  readonly from: string;
  /** The fingerprint of the base model that is needed to read the file; null if none is. */
  readonly base: string | null;
  readonly checksum: string;
  readonly bytes: { readonly from: number; readonly to: number };
  readonly weights: number;
}

export const command: Command = {
  summary: "write masks as packed files, exact but smaller, or as plain ones",
  usage: ["pack MASK… --out FILE|DIR [--with-base DIR]", "pack --plain MASK… --out FILE|DIR"],
  about:
    "Packs the bits of a mask: each is coded with its probability given the initial scores, which follow from the file's metadata, and what is learned from the bits before. The packed file is exact and opens everywhere a plain one does; --plain writes the plain file again, byte for byte. With --with-base, the weights of the base model make it smaller still, most of all if the initial scores depend on magnitudes, but then the file can be read only where the base model is. Each packed file is unpacked and compared by its checksum before it is written.",
  flags: {
    out: {
      value: "PATH",
      explanation: `the file to write, NAME${ENDING}, or a folder (created if missing) for files of the same names`,
    },
    "with-base": { value: "DIR", explanation: "use the weights of the base model in this folder" },
    plain: { explanation: "write plain files" },
    model: MODEL_FLAG,
    json: JSON_FLAG,
  },
  examples: [
    ["masklens pack masks/sst2/sst2.mask.safetensors --out sst2.mask.safetensors", "needs nothing else to be read"],
    [
      "masklens pack masks/*/*.mask.safetensors --out packed --with-base models/bert-base-uncased",
      "smaller; needs the base model to be read",
    ],
    ["masklens pack --plain packed/sst2.mask.safetensors --out plain.mask.safetensors", "the plain file again"],
  ],
  async run({ given, positionals }, terminal) {
    const isPlain = given.has("plain");
    const base = given.get("with-base");
    if (!positionals.length) throw new InputError("no mask is specified", {}, "run masklens pack MASK --out FILE");
    if (isPlain && base !== undefined)
      throw new InputError("--plain cannot be combined with --with-base", {}, "remove one of them");
    const files = positionals.map((file) => path.resolve(file));
    const targets = await targetsOf(files, given.get("out"));
    const places = { model: given.get("model") ?? base };
    const written: Rewritten[] = [];
    const folder = path.dirname(targets[0]!);
    await mkdir(folder, { recursive: true }).catch((error) => {
      throw explained(error, folder);
    });
    for (const [i, file] of files.entries()) written.push(await rewrite(file, targets[i]!, places, isPlain, base));
    if (given.has("json")) return printJson(terminal, { masks: written });
    const rows = written.map(({ mask, bytes: { from, to }, weights, base: needed }) => {
      return [shorter(mask), bytes(from), bytes(to), fixed((8 * to) / weights, 3), needed === null ? "no" : "yes"];
    });
    print(terminal.out, table(["written", "from", "to", "bits per weight", "needs its base model"], rows));
  },
};

/** Where each file is written. Throws an InputError if something is there already, or two files would be one. */
async function targetsOf(files: readonly string[], out: string | undefined): Promise<string[]> {
  if (out === undefined)
    throw new InputError("no output is specified", { at: "--out" }, `write --out NAME${ENDING} or --out DIR`);
  const isFile = out.endsWith(ENDING);
  if (isFile && files.length > 1)
    throw new InputError(`${files.length} masks cannot be one file`, { at: "--out" }, "write --out DIR");
  const targets = isFile ? [path.resolve(out)] : files.map((file) => path.resolve(out, path.basename(file)));
  for (const [i, file] of targets.entries()) {
    if (targets.indexOf(file) < i)
      throw new InputError(
        `two masks are named ${quoted(path.basename(file))}`,
        { at: "--out" },
        "pack them one by one",
      );
    await requireFree(file);
  }
  return targets;
}

async function rewrite(
  from: string,
  to: string,
  places: Places,
  isPlain: boolean,
  base: string | undefined,
): Promise<Rewritten> {
  const stored = await readFileLimited(from, LARGEST_FILE, "choose a mask file");
  const unpacking = { baseOf: (mask: Based) => baseWeightsOf([mask], places) };
  let weights: Promise<WeightsOf> | undefined; // read once, to pack and to check
  const withBase =
    base === undefined ? undefined : (mask: Based) => (weights ??= baseWeightsOf([mask], { model: base }));
  const chunks = isPlain
    ? await encodePlain(stored, from, unpacking)
    : await encodePacked(stored, from, { ...unpacking, base: withBase });
  const made = Buffer.concat(chunks);
  const { metadata, matrices, packed } = await decodeMask(made, to, withBase ? { baseOf: withBase } : unpacking);
  await writeAtomic(to, chunks);
  return {
    ...{ mask: to, from, base: packed?.base ?? null, checksum: metadata.checksum },
    bytes: { from: stored.length, to: made.length },
    weights: sum(matrices, ({ bits }) => sizeOf(bits)),
  };
}
