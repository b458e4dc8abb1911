// Resolves a model's path to its folder: the path itself, or a snapshot in the Hub's cache.

import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { InputError } from "../errors.ts";
import { readFileLimited, reasonOf } from "../files.ts";
import { quoted } from "../visible.ts";

/** The most bytes read from a branch's file, which contains a commit hash of 40 characters. */
const LONGEST_REFERENCE = 1000;

/** The name of a model's folder in the Hub's cache: models--ORGANISATION--NAME. */
export const CACHED = /^models--(.+)$/;

/**
 * The snapshot of the main branch in a folder of the Hub's cache; "" if there is none. Content that does not look like
 * a commit hash is ignored: refs/main could be a link to another file, and an error would quote that file.
 */
export async function mainRevision(repository: string): Promise<string> {
  const bytes = await readFileLimited(path.join(repository, "refs", "main"), LONGEST_REFERENCE, "").catch(() => "");
  return /^\s*([0-9a-f]{1,64})\s*$/i.exec(bytes.toString())?.[1] ?? "";
}

/**
 * The folder with a model's files: `given`, or if this is a folder of the Hub's cache (with refs/ and snapshots/), the
 * snapshot of its main branch, else the only snapshot. Throws an InputError for a file, a missing folder, and a cache
 * folder that has no snapshot, several snapshots and no main branch, or a main branch whose snapshot is missing.
 */
export async function modelFolder(given: string): Promise<string> {
  const place = { file: given };
  const remedy = "give a model folder in the Hub's layout, with its config.json";
  const status = await stat(given).catch((cause: unknown) => {
    throw new InputError(reasonOf(cause).replace("file", "folder"), place, remedy, { cause });
  });
  if (!status.isDirectory())
    throw new InputError("this is a file, not a model folder", place, `give its folder: ${path.dirname(given)}`);
  const names = await readdir(given);
  if (names.includes("config.json") || !names.includes("snapshots")) return given;

  const snapshots = path.join(given, "snapshots");
  const revisions = (await readdir(snapshots).catch(() => [])).filter((name) => !name.startsWith(".")).sort();
  const main = await mainRevision(given);
  if (revisions.includes(main)) return path.join(snapshots, main);
  if (main)
    throw new InputError(
      `the snapshot ${quoted(main)} of its main branch is missing`,
      place,
      revisions.length
        ? `fetch it, or give one of snapshots/${revisions.join(", snapshots/")}`
        : "download the model again",
    );
  if (revisions.length === 1) return path.join(snapshots, revisions[0]!);
  throw new InputError(
    revisions.length
      ? `it has several snapshots (${revisions.join(", ")}) and refs/main names none of them`
      : "it has no snapshot",
    place,
    revisions.length ? `give one of them: ${path.join(snapshots, revisions[0]!)}` : "download the model again",
  );
}
