// Parses untrusted JSON text with a limit on nesting, and finds the ends of its strings.

/**
 * Real files nest objects and lists about ten levels deep. Recursive functions, including JSON.stringify, use stack
 * space for each level.
 */
export const DEEPEST = 100;

/**
 * Like JSON.parse; also throws a SyntaxError if objects and lists are nested more than `DEEPEST` levels deep. Its
 * errors give the position of the mistake but quote no text: whoever reads the message may not be allowed to read the
 * file.
 */
export function parseJson(text: string): unknown {
  if (isDeep(text)) throw new SyntaxError(`it nests objects and lists more than ${DEEPEST} levels deep`);
  try {
    return JSON.parse(text);
  } catch {
    throw new SyntaxError(faultText(text, faultIn(text)));
  }
}

function faultText(text: string, at: number): string {
  if (at >= text.length) return text.trim() ? "it ends too early" : "it is empty";
  const lines = text.slice(0, at).split("\n");
  const column = `column ${lines.at(-1)!.length + 1}`;
  return `unexpected character at ${text.trimEnd().includes("\n") ? `line ${lines.length}, ${column}` : column}`;
}

const SPACE = /[ \t\n\r]*/y;
const ATOM = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** The position of the first character that makes a text invalid JSON; the text's length if it ends too early. */
function faultIn(text: string): number {
  /** The closing brackets still expected. */
  const open: string[] = [];
  /** What is expected next: a value, a key, a colon, or a comma. */
  let next = "value";
  /** Whether the innermost list or object may end here. */
  let mayEnd = false;
  for (let at = 0; ; ) {
    at += lengthOf(SPACE, text, at);
    const char = text[at];
    if (char === undefined) return text.length;
    let length = 1;
    if (mayEnd && char === open.at(-1)) {
      open.pop();
      [next, mayEnd] = [",", true];
    } else if (next === "," || next === ":") {
      if (char !== next || !open.length) return at;
      [next, mayEnd] = [next === "," && open.at(-1) === "}" ? "key" : "value", false];
    } else if (char === '"') {
      const end = stringEnd(text, at);
      const fault = faultInString(text, at + 1, end);
      if (fault !== undefined) return fault;
      length = end + 1 - at;
      [next, mayEnd] = next === "key" ? [":", false] : [",", true];
    } else if (next === "key") {
      return at;
    } else if (char === "[" || char === "{") {
      open.push(char === "[" ? "]" : "}");
      [next, mayEnd] = [char === "[" ? "value" : "key", true];
    } else {
      length = lengthOf(ATOM, text, at);
      if (!length) return at;
      [next, mayEnd] = [",", true];
    }
    at += length;
  }
}

function lengthOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}

const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** The position of a control character or an invalid escape in a string. */
function faultInString(text: string, begin: number, end: number): number | undefined {
  for (let at = begin; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x20) return at;
    if (code !== BACKSLASH) continue;
    const length = lengthOf(ESCAPE, text, at);
    if (!length) return at;
    at += length - 1;
  }
  return undefined;
}

/** Whether brackets outside strings are nested too deeply; the result is meaningless for invalid JSON. */
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
/** The character codes of the opening brackets; the code of each closing bracket is two higher. */
const BRACKET = 0x5b;
const BRACE = 0x7b;

/** The position of the quote that ends the string starting at `open`; the text's length if there is none. */
export function stringEnd(text: string, open: number): number {
  for (let at = text.indexOf('"', open + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === BACKSLASH && at - 1 - slashes > open) slashes++;
    if (slashes % 2 === 0) return at;
  }
  return text.length;
}
