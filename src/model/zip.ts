// Reads the directory of a zip file, to find the position of each uncompressed entry. Format: PKWARE's APPNOTE.TXT,
// sections 4.3 and 4.5.3 (zip64). Every offset and size is checked before use.

import type { FileHandle } from "node:fs/promises";
import { InputError } from "../errors.ts";
import { quoted } from "../visible.ts";
import { readFully } from "./safetensors-file.ts";

/** The file offsets of the first byte and of the byte after the last byte. */
export interface Range {
  readonly begin: number;
  readonly end: number;
}

interface Entry {
  /** The file offset of the entry's local header. */
  readonly header: number;
  readonly size: number;
  /** Why the entry's bytes cannot be read by position; undefined if they can be. */
  readonly fault: string | undefined;
}

const END_BYTES = 22;
const LONGEST_COMMENT = 0xffff;
const LOCATOR_BYTES = 20;
const END64_BYTES = 56;
const ENTRY_BYTES = 46;
const HEADER_BYTES = 30;
/**
 * A tensor takes about 100 bytes of the directory; a directory larger than this limit can only be meant to
 * exhaust memory.
 */
const LARGEST_DIRECTORY = 16 << 20;
const MOST_ENTRIES = 100_000;
const FETCH_AGAIN = "download the file again, or save it again with torch.save";

/** An open zip file. */
export class Zip {
  readonly #handle: FileHandle;
  readonly #file: string;
  readonly #entries: ReadonlyMap<string, Entry>;
  /** The offset of the directory; all entries are before it. */
  readonly #limit: number;

  private constructor(handle: FileHandle, file: string, entries: ReadonlyMap<string, Entry>, limit: number) {
    this.#handle = handle;
    this.#file = file;
    this.#entries = entries;
    this.#limit = limit;
  }

  /** Throws an InputError if the file of `size` bytes has no complete directory, or two entries with the same name. */
  static async open(handle: FileHandle, size: number, file: string): Promise<Zip> {
    const { begin, end, count } = await directoryOf(handle, size, file);
    if (end - begin > LARGEST_DIRECTORY)
      throw damaged(file, `its directory has ${end - begin} bytes, more than the limit of ${LARGEST_DIRECTORY}`);
    if (count > MOST_ENTRIES)
      throw damaged(file, `its directory has ${count} entries, over the limit of ${MOST_ENTRIES}`);
    const bytes = await read(handle, begin, end - begin, file);
    return new Zip(handle, file, entriesOf(bytes, count, file), begin);
  }

  get names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /**
   * The position of an entry's bytes. Throws an InputError if the entry does not exist, is compressed or encrypted, or
   * extends beyond the file; `again` says how to save it so that it is not compressed.
   */
  async rangeOf(name: string, again = "save the file again with torch.save, which never compresses"): Promise<Range> {
    const entry = this.#entries.get(name);
    const place = `entry ${name}`;
    if (!entry) throw damaged(this.#file, "it is missing", place);
    if (entry.fault) throw new InputError(entry.fault, { file: this.#file, at: place }, again);
    if (entry.header + HEADER_BYTES > this.#limit) throw damaged(this.#file, "it is beyond the end of the file", place);
    const header = viewOf(await read(this.#handle, entry.header, HEADER_BYTES, this.#file));
    if (header.getUint32(0, true) !== 0x04034b50) throw damaged(this.#file, "its header is damaged", place);
    const begin = entry.header + HEADER_BYTES + header.getUint16(26, true) + header.getUint16(28, true);
    if (begin + entry.size > this.#limit) throw damaged(this.#file, "it is beyond the end of the file", place);
    return { begin, end: begin + entry.size };
  }
}

/**
 * The position of the directory, read from the record at the end of the file or, in a zip64 file, from the zip64 record
 * before it.
 */
async function directoryOf(
  handle: FileHandle,
  size: number,
  file: string,
): Promise<Range & { readonly count: number }> {
  const tail = await read(handle, Math.max(0, size - END_BYTES - LONGEST_COMMENT), undefined, file, size);
  const view = viewOf(tail);
  let at = tail.length - END_BYTES;
  while (
    at >= 0 &&
    !(view.getUint32(at, true) === 0x06054b50 && view.getUint16(at + 20, true) === tail.length - at - 22)
  )
    at--;
  if (at < 0) throw damaged(file, "the file is truncated: it has no zip directory at its end");
  const end = size - tail.length + at;
  const small = {
    count: view.getUint16(at + 10, true),
    size: view.getUint32(at + 12, true),
    begin: view.getUint32(at + 16, true),
  };
  const isLarge = small.count === 0xffff || small.size === 0xffffffff || small.begin === 0xffffffff;
  const found = isLarge ? await directory64(handle, end, file) : { ...small, limit: end };
  if (found.begin + found.size > found.limit) throw damaged(file, "its directory is beyond the end of the file");
  return { begin: found.begin, end: found.begin + found.size, count: found.count };
}

async function directory64(handle: FileHandle, end: number, file: string) {
  const fault = () => damaged(file, "its zip64 directory is damaged");
  if (end < LOCATOR_BYTES + END64_BYTES) throw fault();
  const locator = viewOf(await read(handle, end - LOCATOR_BYTES, LOCATOR_BYTES, file));
  const limit = Number(locator.getBigUint64(8, true));
  if (locator.getUint32(0, true) !== 0x07064b50 || limit > end - LOCATOR_BYTES - END64_BYTES) throw fault();
  const record = viewOf(await read(handle, limit, END64_BYTES, file));
  if (record.getUint32(0, true) !== 0x06064b50) throw fault();
  const [count, size, begin] = [32, 40, 48].map((at) => Number(record.getBigUint64(at, true))) as [
    number,
    number,
    number,
  ];
  return { count, size, begin, limit };
}

function entriesOf(bytes: Uint8Array, count: number, file: string): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  const view = viewOf(bytes);
  let at = 0;
  while (at < bytes.length && entries.size < count) {
    const number = entries.size + 1;
    if (at + ENTRY_BYTES > bytes.length || view.getUint32(at, true) !== 0x02014b50)
      throw damaged(file, `entry ${number} of its directory is damaged`);
    const [name, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as [
      number,
      number,
      number,
    ];
    const next = at + ENTRY_BYTES + name + extra + comment;
    if (next > bytes.length) throw damaged(file, `entry ${number} of its directory is damaged`);
    const called = new TextDecoder().decode(bytes.subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + name));
    if (entries.has(called)) throw damaged(file, `two of its entries are named ${quoted(called)}`);
    const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
    const extraBytes = bytes.subarray(at + ENTRY_BYTES + name, at + ENTRY_BYTES + name + extra);
    const [size, packed, header] = widened(
      [view.getUint32(at + 24, true), view.getUint32(at + 20, true), view.getUint32(at + 42, true)],
      extraBytes,
    );
    const fault = faultOf(flags, method, size === packed);
    entries.set(called, { header: header!, size: size!, fault });
    at = next;
  }
  if (entries.size !== count || at !== bytes.length)
    throw damaged(file, `its directory does not have the ${count} entries declared at the end of the file`);
  return entries;
}

function faultOf(flags: number, method: number, sameSize: boolean): string | undefined {
  if (flags & 1) return "it is encrypted";
  if (method !== 0) return "it is compressed";
  return sameSize ? undefined : "it is not compressed, but its compressed size differs from its uncompressed size";
}

/**
 * Size, packed size and offset of an entry: a value with all bits set is replaced by the next value in the zip64 field.
 */
function widened(values: readonly number[], extra: Uint8Array): number[] {
  const view = viewOf(extra);
  for (let at = 0; at + 4 <= extra.length; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    let field = at + 4;
    return values.map((value) => {
      if (value !== 0xffffffff || field + 8 > extra.length) return value;
      field += 8;
      return Number(view.getBigUint64(field - 8, true));
    });
  }
  return [...values];
}

async function read(
  handle: FileHandle,
  from: number,
  count: number | undefined,
  file: string,
  size = 0,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(count ?? size - from);
  await readFully(handle, from, bytes, file);
  return bytes;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function damaged(file: string, what: string, at?: string): InputError {
  return new InputError(what, at === undefined ? { file } : { file, at }, FETCH_AGAIN);
}
