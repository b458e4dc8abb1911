// Files of other programs' masks: numpy's headers and archives are edited here, the others like models.

import { readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { importMask } from "../../src/adaptation/imports/import.ts";
import type { Reading } from "../../src/adaptation/imports/reading.ts";
import { readMask } from "../../src/adaptation/read.ts";
import { zipOf } from "../model/weights/torch-files.ts";
import { joined, mutateBytes } from "./bytes.ts";
import type { Draw } from "./draw.ts";
import type { Files, FuzzFormat } from "./formats.ts";
import { mutateSafetensors } from "./safetensors.ts";
import { entriesOf, mutateLegacy, mutateZip } from "./torch.ts";

const MODEL = "test/fixtures/torch";

/** How each file is read. */
const READINGS: Readonly<Record<string, Reading>> = {
  "smp.npy": {},
  "plain.npz": {},
  "plain.safetensors": { invert: true },
  "prune.pt": {},
  "maskbert.pt": {},
  "movement.pt": { pruningMethod: "sigmoied_threshold", threshold: 0.5 },
  "pruned.safetensors": { zeros: true },
  "finetuned.safetensors": { moved: 0.1, over: "model" },
};

const seeds = async () =>
  Object.keys(READINGS).map((name) => ({ [name]: readFileSync(path.join("test/fixtures/imports", name)) }));

function mutate(draw: Draw, files: Files): Files {
  const [name, bytes] = Object.entries(files)[0]!;
  if (name.endsWith(".npy")) return { [name]: mutateNpy(draw, bytes) };
  if (name.endsWith(".npz")) return { [name]: mutateNpz(draw, bytes) };
  if (name.endsWith(".safetensors")) return { [name]: mutateSafetensors(draw, bytes) };
  return { [name]: bytes[0] === 0x50 ? mutateZip(draw, bytes) : mutateLegacy(draw, bytes) };
}

const WORDS = [
  "'|u1'",
  "'<f8'",
  "'>i4'",
  "'|O'",
  "True",
  "False",
  "()",
  "(0,)",
  "(112,)",
  "(8, 8)",
  "(-1,)",
  "(9999999999, 9999999999)",
];

/** Edits a value of the header, or any bytes. */
function mutateNpy(draw: Draw, bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(10) + 1;
  if (!end || draw.chance(0.4)) return mutateBytes(draw, bytes);
  const text = Buffer.from(bytes.subarray(10, end)).toString("latin1");
  const values = [...text.matchAll(/'[<|>][a-z]\d'|True|False|\(.*?\)/g)];
  const { index, 0: value } = draw.pick(values);
  const edited = Buffer.from(text.slice(0, index) + draw.pick(WORDS) + text.slice(index + value.length), "latin1");
  const start = Uint8Array.from(bytes.subarray(0, 10));
  start[8] = draw.chance(0.8) ? edited.length : draw.below(256);
  return joined(start, edited, bytes.subarray(end));
}

function mutateNpz(draw: Draw, bytes: Uint8Array): Uint8Array {
  if (draw.chance(0.3)) return mutateBytes(draw, bytes);
  const entries = entriesOf(bytes);
  const entry = draw.pick(entries);
  draw.one(
    () => {
      entry[1] = mutateNpy(draw, entry[1]);
    },
    () => {
      entry[0] = draw.pick(["", ".npy", "data.pkl", "../a.npy", `module.${entry[0]}`, draw.pick(entries)[0]]);
    },
    () => entries.splice(draw.below(entries.length), 1),
  );
  return zipOf(entries);
}

/** Imports the file, as far as writing and reading the mask. */
async function read(folder: string): Promise<void> {
  const [name] = readdirSync(folder) as [string];
  const output = path.join(folder, "imported.mask.safetensors");
  try {
    await importMask({ file: path.join(folder, name), model: MODEL, output, ...READINGS[name] });
    await readMask(output);
  } finally {
    rmSync(output, { force: true });
  }
}

export const ARRAYS: FuzzFormat = { seeds, mutate, read };
