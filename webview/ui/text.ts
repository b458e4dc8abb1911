// Texts on pages may come from files: characters that hide or reorder text are shown as escapes.

import type { VNode } from "preact";
import { NAME_LENGTH, visible, visibleLines } from "../../src/visible.ts";
import * as l10n from "./l10n.ts";

/** The maximum length of an element's text in characters; preformatted text is exempt. */
const LONGEST = 5000;

/** Text for a page: hidden characters are escaped, long texts truncated, line feeds kept. */
const plain = (text: string): string => {
  const lines = visibleLines(text);
  return lines.length > LONGEST ? visible(lines, LONGEST) : lines;
};

/** A name from a file, as one short line. */
export const named = (name: string): string => visible(name, NAME_LENGTH);

/** An attribute of a text and its values. */
export const attributeText = (name: string, values: readonly string[]): string =>
  values.length ? `${named(name)} ${values.map(named).join(", ")}` : l10n.t("{0} missing", named(name));

/** The maximum length of a text in a heading, in characters. */
const LONGEST_HEADING = 120;

/** The start of a text, for a heading. */
export const shortened = (text: string): string =>
  text.length > LONGEST_HEADING ? `${text.slice(0, LONGEST_HEADING)}…` : text;

/** Attributes that browsers display and screen readers announce. */
const READ = /^(title|alt|placeholder|label|aria-.*)$/;

/**
 * Makes a node's text and attributes plain, in place. `showPage` has Preact call this for every node, text nodes included,
 * before it reaches the DOM, so that no component can forget it.
 */
export function makePlain(node: VNode): void {
  const { type, props } = node as { type: unknown; props: unknown };
  if (typeof props === "string") Object.assign(node, { props: plain(props) });
  else if (typeof type === "string") {
    const attributes = props as Record<string, unknown>;
    for (const [name, value] of Object.entries(attributes))
      if (typeof value === "string" && READ.test(name)) attributes[name] = plain(value);
  }
}
