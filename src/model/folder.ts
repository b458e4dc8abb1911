// Resolves a model's path to its folder: the path itself, or a snapshot in the Hub's cache.

import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { InputError } from "../errors.ts";
import { readFileLimited, reasonOf } from "../files.ts";
import { quoted } from "../visible.ts";

/** The maximum number of bytes read from a branch's file, which contains a commit hash of 40 characters. */
const LONGEST_REFERENCE = 1000;

/** The name of a model's folder in the Hub's cache: models--ORGANISATION--NAME. */
export const CACHED = /^models--(.+)$/;

/**
 * The commit hash of the main branch in a folder of the Hub's cache; "" if there is none. Content that does not look
 * like a commit hash is ignored: refs/main could be a link to another file, and an error would quote that file.
 */
export async function mainRevision(repository: string): Promise<string> {
  const bytes = await readFileLimited(path.join(repository, "refs", "main"), LONGEST_REFERENCE, "").catch(() => "");
  return /^\s*([0-9a-f]{1,64})\s*$/i.exec(bytes.toString())?.[1] ?? "";
}

/**
 * The folder with a model's files: `given` itself or, if `given` is a folder of the Hub's cache (with refs/ and
 * snapshots/), the snapshot of its main branch or else its only snapshot. Throws an InputError for a file, for a
 * missing folder, and for a cache folder with no snapshot, with several snapshots but no main branch, or with a main
 * branch whose snapshot is missing.
 */
export async function modelFolder(given: string): Promise<string> {
  const place = { file: given };
  const remedy = "choose a model folder in the Hub's layout, with its config.json";
  const status = await stat(given).catch((cause: unknown) => {
    throw new InputError(reasonOf(cause).replace("file", "folder"), place, remedy, { cause });
  });
  if (!status.isDirectory())
    throw new InputError("this is a file, not a model folder", place, `use its folder: ${path.dirname(given)}`);
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
        ? `download this snapshot, or choose one of snapshots/${revisions.join(", snapshots/")}`
        : "download the model again",
    );
  if (revisions.length === 1) return path.join(snapshots, revisions[0]!);
  throw new InputError(
    revisions.length
      ? `it has several snapshots (${revisions.join(", ")}), but refs/main names none of them`
      : "it has no snapshot",
    place,
    revisions.length
      ? `choose one of them, such as ${path.join(snapshots, revisions[0]!)}`
      : "download the model again",
  );
}
