// The attributes of texts that `predict` is given: by --attribute for all lines, or by each request for its own text.

import type { LoadedAdaptation, LoadedAttribute } from "../../adaptation/loaded.ts";
import type { AskedText } from "../../adaptation/prediction.ts";
import { InputError, type Place } from "../../errors.ts";
import { didYouMean, suggest } from "../../suggest.ts";
import { quoted } from "../../visible.ts";
import type { Arguments, Flag } from "../arguments.ts";
import { named, print, type Terminal } from "../terminal.ts";
import { shorter } from "../train.ts";

export const ATTRIBUTE_FLAG: Flag = {
  value: "NAME=VALUE",
  repeats: true,
  explanation:
    "the value of an attribute of all texts, such as user=ann, for adaptations that were trained with attributes; where a text can have several values, separate them with commas (may be repeated; an attribute that is not given is missing)",
};

/** Values by name of the attribute. */
type Attributes = NonNullable<AskedText["attributes"]>;
type Reader = Pick<LoadedAdaptation, "adaptation" | "attributes">;

/**
 * The attributes of all lines; undefined if none are given. Throws an InputError for one that no adaptation reads, and for several
 * values of one of which each text has one. Says which adaptations read only some of them, and which values count as missing.
 */
export function attributesGiven(
  { given, many }: Arguments,
  loaded: readonly Reader[],
  { err }: Pick<Terminal, "err">,
): Attributes | undefined {
  const words = many.get("attribute") ?? [];
  if (!words.length) return undefined;
  const place = { at: "--attribute" };
  if (given.has("requests"))
    throw new InputError("each request has attributes of its own", place, 'write them as its key "attributes"');
  const values = new Map<string, string[]>();
  for (const word of words) {
    const [name, text] = partsOf(word, place);
    const found = attributeOf(loaded, name, place);
    values.set(name, [...(values.get(name) ?? []), ...(found.several ? text.split(",") : [text])].filter(Boolean));
    requireOne(found, values.get(name)!, place);
  }
  const all = Object.fromEntries(values);
  for (const note of loaded.flatMap((one) => notesOf(one, all))) print(err, `${note}\n`);
  return all;
}

/** The attributes of a request to an adaptation, each a value or a list of values. Throws an InputError as above. */
export function attributesOfRequest(
  asked: Readonly<Record<string, string | readonly string[]>>,
  adaptation: Reader,
  place: Place,
): Attributes {
  return Object.fromEntries(
    Object.entries(asked).map(([name, value]) => {
      const values = [value].flat();
      requireOne(attributeOf([adaptation], name, place), values, place);
      return [name, values];
    }),
  );
}

function partsOf(word: string, place: Place): [name: string, value: string] {
  const at = word.indexOf("=");
  if (at > 0) return [word.slice(0, at), word.slice(at + 1).trim()];
  throw new InputError(`${quoted(word)} is not an attribute with a value`, place, "write --attribute NAME=VALUE");
}

function attributeOf(loaded: readonly Reader[], name: string, place: Place): LoadedAttribute {
  const all = loaded.flatMap(({ attributes }) => attributes);
  const found = all.filter((attribute) => attribute.name === name);
  if (found.length) return found.find(({ several }) => several) ?? found[0]!;
  const names = [...new Set(all.map((attribute) => attribute.name))];
  const who = loaded.length === 1 ? shorter(loaded[0]!.adaptation) : "none of the adaptations";
  throw new InputError(
    loaded.length === 1 ? `${who} reads no attribute ${quoted(name)}` : `${who} reads an attribute ${quoted(name)}`,
    place,
    names.length
      ? didYouMean(name, names, `choose from ${names.map(named).join(", ")}`)
      : "omit the attributes, because the training was without any",
  );
}

function requireOne({ name, several }: LoadedAttribute, values: readonly string[], place: Place): void {
  if (several || new Set(values).size < 2) return;
  throw new InputError(
    `several values are given for ${quoted(name)}, but no text of the training data had more than one`,
    place,
    "give one value",
  );
}

/** What an adaptation does not read or know of these attributes. */
function notesOf({ adaptation, attributes }: Reader, given: Attributes): string[] {
  return Object.entries(given).flatMap(([name, values]) => {
    const own = attributes.find((attribute) => attribute.name === name);
    if (!own) return [`${shorter(adaptation)} reads no attribute ${quoted(name)}, so it answers without it`];
    return values
      .filter((value) => !own.values.includes(value))
      .map((value) => {
        const near = suggest(value, own.values);
        const meant = near === undefined ? "" : `; did you mean ${quoted(near)}?`;
        return `${shorter(adaptation)} was not trained with the value ${quoted(value)} of ${named(name)}, so it counts as missing${meant}`;
      });
  });
}
