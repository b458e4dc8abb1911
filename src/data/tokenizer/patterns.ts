// The patterns of tokenizer.json that mean the same in every engine of regular expressions.

import { InputError, type Place } from "../../errors.ts";
import { isJsonObject } from "../../json.ts";
import { quoted } from "../../visible.ts";

/** Letters, digits and blanks with counts; a class, an escape or a group may mean something else in another engine. */
const PLAIN = /^(?:[^\\^$.|?*+()[\]{}](?:\+|\{\d+(?:,\d*)?\})?)+$/u;

/** A global regular expression for `{"String": …}` or a plain `{"Regex": …}`; InputError for other ones. */
export function patternOf(pattern: unknown, place: Place): RegExp {
  const { String: literal, Regex: regex } = isJsonObject(pattern) ? pattern : {};
  if (typeof literal === "string") return new RegExp(literal.replace(/[\\^$.|?*+()[\]{}/-]/g, "\\$&"), "gu");
  if (typeof regex === "string" && PLAIN.test(regex)) return new RegExp(regex, "gu");
  throw new InputError(
    `the pattern ${quoted(regex ?? pattern)} is not supported`,
    place,
    "use a tokenizer whose patterns are literal strings",
  );
}
