// The metadata of an adaptation, without its tensors: a finetuned copy is as large as its model.

import { openFile } from "../files.ts";
import { metadataOf } from "../mask/file.ts";
import type { MaskMetadata } from "../mask/metadata.ts";
import { readHeader } from "../model/safetensors-file.ts";

/** Reads only the file's header. Throws an InputError if the file is not an adaptation. */
export async function readMetadata(file: string): Promise<MaskMetadata> {
  const { handle, status } = await openFile(file, "choose a file written by `masklens train`");
  try {
    return metadataOf(await readHeader(handle, status.size, file), file);
  } finally {
    await handle.close();
  }
}
