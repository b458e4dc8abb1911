// Where a tokenizer puts special tokens around one text or two, read from the post_processor of its tokenizer.json.

import { isJsonObject, type JsonObject } from "../../json.ts";

/** A special token with the id that the file gives it, or the place of the first text or the second; each with its segment. */
export type Slot =
  | { readonly text: "A" | "B"; readonly typeId: number }
  | { readonly token: string; readonly id: number | undefined; readonly typeId: number };

export interface Template {
  readonly single: readonly Slot[];
  readonly pair: readonly Slot[];
}

const A: Slot = { text: "A", typeId: 0 };

const PROCESSORS: Record<string, (config: JsonObject) => Template> = {
  TemplateProcessing: ({ single, pair, special_tokens }) => ({
    single: slots(single, special_tokens),
    pair: slots(pair, special_tokens),
  }),
  BertProcessing: ({ cls, sep }) => {
    const single = [special(cls), A, special(sep)];
    return { single, pair: [...single, { text: "B", typeId: 1 }, special(sep, 1)] };
  },
  // RoBERTa knows one segment only.
  RobertaProcessing: ({ cls, sep }) => {
    const single = [special(cls), A, special(sep)];
    return { single, pair: [...single, special(sep), { text: "B", typeId: 0 }, special(sep)] };
  },
};

/** undefined where the tokenizer puts no special tokens, or in a way that is not known. */
export function templateOf(postProcessor: unknown): Template | undefined {
  if (!isJsonObject(postProcessor)) return undefined;
  if (postProcessor.type === "Sequence" && Array.isArray(postProcessor.processors))
    return postProcessor.processors.map(templateOf).find((template) => template !== undefined);
  const type = String(postProcessor.type);
  return Object.hasOwn(PROCESSORS, type) ? PROCESSORS[type]!(postProcessor) : undefined;
}

function special(pair: unknown, typeId = 0): Slot {
  const [token, id] = Array.isArray(pair) ? pair : [];
  return { token: String(token), id: typeof id === "number" ? id : undefined, typeId };
}

function slots(items: unknown, specials: unknown): Slot[] {
  const known = isJsonObject(specials) ? specials : {};
  return (Array.isArray(items) ? items : []).flatMap((item): Slot[] => {
    const { SpecialToken, Sequence } = (item ?? {}) as Record<string, { id: string; type_id: number } | undefined>;
    if (Sequence) return [{ text: Sequence.id as "A" | "B", typeId: Sequence.type_id }];
    if (!SpecialToken) return [];
    const { ids, tokens } = (known[SpecialToken.id] ?? {}) as { ids?: number[]; tokens?: string[] };
    return (tokens ?? [SpecialToken.id]).map((token, i) => ({ token, id: ids?.[i], typeId: SpecialToken.type_id }));
  });
}
