// Reads where a tokenizer adds special tokens around one or two texts, from the post_processor of its tokenizer.json.

import { InputError, type Place } from "../../errors.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { quoted } from "../../visible.ts";
import { countField, isId, listField, MOST_PARTS, objectIn, refuseMany, textField, typeOf, within } from "./fields.ts";

/**
 * A position in a sequence: a special token with its ID from the file, or the first or second text; each with its
 * segment.
 */
export type Slot =
  | { readonly text: "A" | "B"; readonly typeId: number }
  | { readonly token: string; readonly id: number | undefined; readonly typeId: number };

export interface Template {
  readonly single: readonly Slot[];
  readonly pair: readonly Slot[];
}

const A: Slot = { text: "A", typeId: 0 };

/** Maximum number of segments; BERT has two, XLNet has four. */
const MOST_SEGMENTS = 1000;

const PROCESSORS: Record<string, (config: JsonObject, place: Place) => Template> = {
  TemplateProcessing: (config, place) => ({
    single: slots(config, "single", place),
    pair: slots(config, "pair", place),
  }),
  BertProcessing: (config, place) => {
    const [cls, sep] = [special(config, "cls", place), special(config, "sep", place)];
    const single = [cls, A, sep];
    return { single, pair: [...single, { text: "B", typeId: 1 }, { ...sep, typeId: 1 }] };
  },
  // RoBERTa has only one segment.
  RobertaProcessing: (config, place) => {
    const [cls, sep] = [special(config, "cls", place), special(config, "sep", place)];
    const single = [cls, A, sep];
    return { single, pair: [...single, sep, { text: "B", typeId: 0 }, sep] };
  },
};

/**
 * The template of a post-processor; undefined if the tokenizer adds no special tokens, or if the type is unknown.
 * Throws an InputError if the post-processor is malformed.
 */
export function templateOf(postProcessor: unknown, place: Place): Template | undefined {
  refuseMany(postProcessor, "processors", place);
  return partOf(postProcessor, place);
}

function partOf(config: unknown, place: Place): Template | undefined {
  if (!isJsonObject(config)) return undefined;
  const type = typeOf(config);
  if (type === "Sequence")
    return listField(config, "processors", MOST_PARTS, place)
      .map((part) => partOf(part, place))
      .find((template) => template !== undefined);
  return Object.hasOwn(PROCESSORS, type) ? PROCESSORS[type]!(config, place) : undefined;
}

/** A token and its optional ID: ["[CLS]", 101]. */
function special(config: JsonObject, key: string, place: Place): Slot {
  const [token, id, ...more] = listField(config, key, 2, place);
  if (typeof token === "string" && !more.length && (id === undefined || isId(id))) return { token, id, typeId: 0 };
  throw malformed(config[key], "a token with its id", within(place, key));
}

function slots(config: JsonObject, key: string, place: Place): Slot[] {
  const known =
    config.special_tokens === undefined ? {} : objectIn(config.special_tokens, within(place, "special_tokens"));
  return listField(config, key, MOST_PARTS, place).flatMap((item): Slot[] => {
    const at = within(place, key);
    const { SpecialToken, Sequence } = objectIn(item, at);
    const slot = objectIn(Sequence ?? SpecialToken, at);
    const id = textField(slot, "id", undefined, at);
    const typeId = countField(slot, "type_id", 0, MOST_SEGMENTS, at);
    if (Sequence !== undefined) {
      if (id === "A" || id === "B") return [{ text: id, typeId }];
      throw malformed(id, "A or B", at);
    }
    const entry = Object.hasOwn(known, id) ? objectIn(known[id], within(place, "special_tokens")) : {};
    const tokens = entry.tokens === undefined ? [id] : listField(entry, "tokens", MOST_PARTS, place);
    const ids = listField(entry, "ids", MOST_PARTS, place);
    return tokens.map((token, i) => {
      const its = ids[i];
      if (typeof token === "string" && (its === undefined || isId(its))) return { token, id: its, typeId };
      throw malformed(entry, "tokens with their ids", within(place, "special_tokens"));
    });
  });
}

function malformed(value: unknown, wanted: string, place: Place): InputError {
  return new InputError(`${quoted(value)} is not ${wanted}`, place, "use the tokenizer that belongs to the model");
}
