// Numbers as the views and messages write them.

import path from "node:path";
import type { ModelConfig } from "../model/config.ts";

export { bytes as megabytes } from "../numbers.ts";

/** "sst2" of masks/sst2/sst2.mask.safetensors. */
export const adaptationName = (file: string) => path.basename(file).replace(/\.(mask|tuned)\.safetensors$/, "");

/** "bert-base-uncased" of google-bert/bert-base-uncased. */
export const modelName = ({ id }: Pick<ModelConfig, "id">) => id.split("/").at(-1)!;

/** A share: "5.2 %". */
export const percent = (share: number, digits = 1) => `${(100 * share).toFixed(digits)} %`;
