// Finds the adaptations in the workspace; reads only their headers.

import path from "node:path";
import * as vscode from "vscode";
import { readMetadata } from "../../adaptation/metadata.ts";
import { messageOf } from "../../errors.ts";
import type { MaskMetadata } from "../../mask/metadata.ts";
import { find, leadsOut } from "../ui/search.ts";

export interface FoundAdaptation {
  readonly file: string;
  /** undefined if the file is damaged or was not read; `fault` says why. */
  readonly metadata?: MaskMetadata;
  readonly fault?: string;
}

export async function findAdaptations(): Promise<FoundAdaptation[]> {
  const files = await find("**/*.{mask,tuned}.safetensors");
  return Promise.all(
    files.map(async (file) =>
      (await leadsOut(file))
        ? { file, fault: vscode.l10n.t("link to a file outside the workspace; not read until you open it") }
        : readHead(file),
    ),
  );
}

/** The checksum of each adaptation whose header was read. */
const checksums = new Map<string, string>();

/** The new path of an adaptation that no longer exists: an identical one in the workspace, preferably with the same name. */
export async function movedAdaptation(gone: string): Promise<string | undefined> {
  const checksum = checksums.get(gone);
  if (checksum === undefined) return undefined;
  const same = (await findAdaptations()).filter((one) => one.file !== gone && one.metadata?.checksum === checksum);
  return (same.find(({ file }) => path.basename(file) === path.basename(gone)) ?? same[0])?.file;
}

/** The metadata of an adaptation; reads only the file's header. */
export async function readHead(file: string): Promise<FoundAdaptation> {
  try {
    const metadata = await readMetadata(file);
    checksums.set(file, metadata.checksum);
    return { file, metadata };
  } catch (error) {
    return { file, fault: messageOf(error) };
  }
}
