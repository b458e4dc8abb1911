// Finds the adaptations in the workspace; reads only their headers.

import * as vscode from "vscode";
import { messageOf } from "../../errors.ts";
import { openFile } from "../../files.ts";
import { metadataOf } from "../../mask/file.ts";
import type { MaskMetadata } from "../../mask/metadata.ts";
import { readHeader } from "../../safetensors-file.ts";
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

/** The metadata of an adaptation; reads only the file's header. */
export async function readHead(file: string): Promise<FoundAdaptation> {
  try {
    const { handle, status } = await openFile(file, "choose a file written by `masklens train`");
    try {
      const header = await readHeader(handle, status.size, file);
      return { file, metadata: metadataOf(header, file) };
    } finally {
      await handle.close();
    }
  } catch (error) {
    return { file, fault: messageOf(error) };
  }
}
