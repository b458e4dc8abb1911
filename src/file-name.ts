// Names of files from names of tasks and masks, which may be in any language.

import { visible } from "./visible.ts";

/** No system lets a name have more bytes than 255; an ending and what the caller adds come to it. */
const MOST_BYTES = 200;
/** What Windows takes for a device, whatever follows its first dot. */
const DEVICES = /^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;

/**
 * `name` as a file or folder can be called on every system, "_" in place of what no system allows or what would not be seen:
 * separators, control and other hidden characters, a dot that hides, and dots and blanks at the end, which Windows drops.
 */
export function fileNameOf(name: string): string {
  const characters = [...name.slice(0, MOST_BYTES)].map((one) =>
    visible(one) === one && !/["*/:<>?\\|]/.test(one) ? one : "_",
  );
  const encoder = new TextEncoder();
  let bytes = 0;
  const fitting = characters.filter((one) => {
    bytes += encoder.encode(one).length;
    return bytes <= MOST_BYTES;
  });
  const plain = fitting.join("").replace(/^[. ]|[. ]$/g, "_");
  return plain.replace(DEVICES, "_$1") || "_";
}
