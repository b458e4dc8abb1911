// Reads the elements of one name from an XML document. A document type is refused, because its entities could expand without limit
// and name other files; none of the formats that are read needs one.

import { SaxesParser } from "saxes";
import { InputError } from "../../errors.ts";
import { tick } from "../../pulse.ts";
import { visible } from "../../visible.ts";

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  /** All text within the element, that of its children included. */
  readonly text: string;
}

interface Open extends Element {
  readonly children: Element[];
  text: string;
}

/** Maximum depth of nested elements, and number of characters in a name or an attribute. */
const DEEPEST = 100;
const LONGEST_PART = 100_000;
/** How many characters are parsed at a time. */
const PIECE = 1 << 16;

/** Yields each element of this name with the line of its tag; it is not looked for within itself. */
export function* elementsOf(text: string, name: string, file: string): Generator<{ element: Element; line: number }> {
  const parser = new SaxesParser();
  const found: { element: Element; line: number }[] = [];
  /** The elements that are open below, and including, one of the name. */
  const open: Open[] = [];
  let [depth, line] = [0, 0];
  const refuse = (what: string, remedy: string): never => {
    throw new InputError(what, { file, at: `line ${parser.line}` }, remedy);
  };
  parser.on("error", (error) => {
    refuse(`the XML is malformed (${visible(error.message.replace(/^\d+:\d+: /, ""))})`, "write the file again");
  });
  parser.on("doctype", () => refuse("the file has a document type (DOCTYPE)", "remove it: its entities are not read"));
  parser.on("opentag", (tag) => {
    if (++depth > DEEPEST) refuse(`elements are nested more than ${DEEPEST} deep`, "choose a file of another format");
    const long = [tag.name, ...Object.values(tag.attributes)].find(({ length }) => length > LONGEST_PART);
    if (long !== undefined) refuse(`a part of a tag has ${long.length} characters`, "choose a file of another format");
    if (!open.length && tag.name !== name) return;
    if (!open.length) line = parser.line;
    const element: Open = { name: tag.name, attributes: { ...tag.attributes }, children: [], text: "" };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  const add = (more: string) => {
    const last = open.at(-1);
    if (last) last.text += more;
  };
  parser.on("text", add);
  parser.on("cdata", add);
  parser.on("closetag", () => {
    depth--;
    const element = open.pop();
    if (!element) return;
    if (open.length) open.at(-1)!.text += element.text;
    else found.push({ element, line });
  });
  for (let from = 0; from < text.length; from += PIECE) {
    tick();
    parser.write(text.slice(from, from + PIECE));
    yield* found.splice(0);
  }
  parser.close();
  yield* found.splice(0);
}
