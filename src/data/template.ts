// Where a tokenizer puts special pieces around one text or two, read from the post_processor of its tokenizer.json.

/** A special piece, or the place of the first text's or the second's pieces; each with its segment. */
export type Slot =
  | { readonly text: "A" | "B"; readonly typeId: number }
  | { readonly piece: string; readonly typeId: number };

export interface Template {
  readonly single: readonly Slot[];
  readonly pair: readonly Slot[];
}

type Json = Readonly<Record<string, unknown>>;

const A: Slot = { text: "A", typeId: 0 };
const piece = (name: string, typeId = 0): Slot => ({ piece: name, typeId });

const PROCESSORS: Record<string, (config: Json) => Template> = {
  TemplateProcessing: ({ single, pair }) => ({ single: slots(single), pair: slots(pair) }),
  BertProcessing: ({ cls, sep }) => {
    const [[first], [last]] = [cls, sep] as [[string], [string]];
    const single = [piece(first), A, piece(last)];
    return { single, pair: [...single, { text: "B", typeId: 1 }, piece(last, 1)] };
  },
  // RoBERTa knows one segment only.
  RobertaProcessing: ({ cls, sep }) => {
    const [[first], [last]] = [cls, sep] as [[string], [string]];
    const single = [piece(first), A, piece(last)];
    return { single, pair: [...single, piece(last), { text: "B", typeId: 0 }, piece(last)] };
  },
};

/** undefined where the tokenizer puts no special pieces, or in a way that is not known. */
export function templateOf(postProcessor: unknown): Template | undefined {
  if (typeof postProcessor !== "object" || postProcessor === null) return undefined;
  const config = postProcessor as Json;
  if (config.type === "Sequence")
    return (config.processors as unknown[]).map(templateOf).find((template) => template !== undefined);
  return PROCESSORS[String(config.type)]?.(config);
}

function slots(items: unknown): Slot[] {
  return (items as Record<"SpecialToken" | "Sequence", { id: string; type_id: number } | undefined>[]).map(
    ({ SpecialToken, Sequence }) =>
      SpecialToken
        ? piece(SpecialToken.id, SpecialToken.type_id)
        : { text: Sequence!.id as "A" | "B", typeId: Sequence!.type_id },
  );
}
