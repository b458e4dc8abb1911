// The supported families.

import { albert } from "./albert.ts";
import { bart, mbart } from "./bart.ts";
import { bert } from "./bert.ts";
import { deberta } from "./deberta.ts";
import { distilbert } from "./distilbert.ts";
import { electra } from "./electra.ts";
import type { Family } from "./family.ts";
import { gpt2 } from "./gpt2.ts";
import { llama, mistral, qwen2, qwen3 } from "./llama.ts";
import { modernbert } from "./modernbert.ts";
import { mpnet } from "./mpnet.ts";
import { roberta } from "./roberta.ts";
import { t5 } from "./t5.ts";

export const FAMILIES = {
  bert,
  roberta,
  distilbert,
  electra,
  mpnet,
  albert,
  deberta,
  modernbert,
  gpt2,
  llama,
  qwen2,
  qwen3,
  mistral,
  t5,
  bart,
  mbart,
} as const satisfies Record<string, Family>;

/** The name of a family. */
export type ModelType = keyof typeof FAMILIES;

/** Every supported model_type with the name of its family. */
export const MODEL_TYPES: Readonly<Record<string, ModelType>> = Object.fromEntries(
  Object.entries(FAMILIES).flatMap(([name, { modelTypes }]) => modelTypes.map((type) => [type, name as ModelType])),
);

export const familyOf = ({ modelType }: { readonly modelType: ModelType }): Family => FAMILIES[modelType];
