// A tokenizer.json for models that come with BERT's vocab.txt alone: the same steps, spelled out.

import { InputError } from "../errors.ts";

/** Of tokenizer_config.json, what changes a WordPiece tokenizer; null and undefined: BERT's own default. */
export interface WordPieceOptions {
  readonly do_lower_case?: boolean | null;
  readonly tokenize_chinese_chars?: boolean | null;
  readonly strip_accents?: boolean | null;
}

const SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/** From the lines of a vocab.txt, one piece each, its number the piece's id. InputError where a special piece is missing. */
export function wordPieceJson(vocabulary: string, options: WordPieceOptions, file: string): Record<string, unknown> {
  const pieces = vocabulary.split(/\r?\n/);
  if (pieces.at(-1) === "") pieces.pop();
  const vocab = Object.fromEntries(pieces.map((piece, id) => [piece, id]));
  const missing = SPECIAL.find((piece) => piece !== "[MASK]" && !Object.hasOwn(vocab, piece));
  if (missing)
    throw new InputError(`the piece ${missing} is missing`, { file }, "take the vocabulary that belongs to the model");
  const special = (piece: string, type_id = 0) => ({ SpecialToken: { id: piece, type_id } });
  const sequence = (id: "A" | "B", type_id: number) => ({ Sequence: { id, type_id } });
  return {
    added_tokens: SPECIAL.filter((piece) => Object.hasOwn(vocab, piece)).map((content) => ({
      ...{ id: vocab[content], content, special: true, normalized: false },
      ...{ single_word: false, lstrip: false, rstrip: false },
    })),
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: options.tokenize_chinese_chars ?? true,
      strip_accents: options.strip_accents ?? null,
      lowercase: options.do_lower_case ?? true,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: {
      type: "TemplateProcessing",
      single: [special("[CLS]"), sequence("A", 0), special("[SEP]")],
      pair: [special("[CLS]"), sequence("A", 0), special("[SEP]"), sequence("B", 1), special("[SEP]", 1)],
    },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab,
    },
  };
}
