// JSON as text that may come from anywhere: parsed within a limit of depth, and where its strings end.

/** Real files nest some ten objects and lists. What walks a value, JSON.stringify too, takes the stack for each. */
export const DEEPEST = 100;

/** As JSON.parse, and SyntaxError for a text that nests over `DEEPEST` objects and lists. */
export function parseJson(text: string): unknown {
  if (isDeep(text)) throw new SyntaxError(`it nests over ${DEEPEST} objects and lists in each other`);
  return JSON.parse(text);
}

/** Whether brackets outside of strings nest too deep; of a text that is not JSON the answer means nothing. */
function isDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = stringEnd(text, at);
    else if (code === BRACKET || code === BRACE) {
      if (++depth > DEEPEST) return true;
    } else if (code === BRACKET + 2 || code === BRACE + 2) depth--;
  }
  return false;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** The closing ones are two behind. */
const BRACKET = 0x5b;
const BRACE = 0x7b;

/** The place of the quote that ends the string which begins at `open`; the text's length where none does. */
export function stringEnd(text: string, open: number): number {
  for (let at = text.indexOf('"', open + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === BACKSLASH && at - 1 - slashes > open) slashes++;
    if (slashes % 2 === 0) return at;
  }
  return text.length;
}
