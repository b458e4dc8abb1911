// The name of an import, apart from what reads it, for the editor.

import path from "node:path";
import { ADAPTATION_ENDING } from "../../file-name.ts";

/** "mnli" for "mnli.npy": the name of a mask imported from a file or folder. */
export const nameOfImport = (file: string): string =>
  path
    .basename(file)
    .replace(ADAPTATION_ENDING, "")
    .replace(/\.(safetensors|bin|pt|pth|npy|npz|ckpt)$/, "");
