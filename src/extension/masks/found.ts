// The adaptations of the workspace, by their headers alone.

import * as vscode from "vscode";
import { messageOf } from "../../errors.ts";
import { openFile } from "../../files.ts";
import { metadataOf } from "../../mask/file.ts";
import type { MaskMetadata } from "../../mask/metadata.ts";
import { readHeader } from "../../safetensors-file.ts";
import { find, leadsOut } from "../ui/search.ts";

export interface FoundAdaptation {
  readonly file: string;
  /** undefined where the file is damaged; `fault` says how. */
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

/** The metadata of an adaptation, from its header alone. */
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
