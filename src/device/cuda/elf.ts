// Reads which libraries a Linux library needs. Format: the System V ABI's "Executable and Linking Format", 64 bit, little-endian.

import { open } from "node:fs/promises";
import { InputError } from "../../errors.ts";
import { INSTALL_CUDA } from "../../remedies.ts";

const HEADER = 64;
const SEGMENT = 56;
const LOAD = 1;
const DYNAMIC = 2;
const TAGS = { needed: 1n, strings: 5n, end: 0n };
/** A dynamic section and its names take a few kilobytes; more than this is damage. */
const MOST = 1 << 20;

/** Those of CUDA's and the driver's libraries that an ELF file needs. */
export async function cudaLibrariesOf(file: string): Promise<string[]> {
  return (await neededBy(file)).filter((name) => /^lib(cu|nv)/.test(name));
}

/** The names of the libraries that an ELF file needs, in the file's order. Throws an InputError if it is not a whole one. */
export async function neededBy(file: string): Promise<string[]> {
  const handle = await open(file);
  const damaged = () => new InputError("this is not a complete shared library", { file }, INSTALL_CUDA);
  try {
    const { size } = await handle.stat();
    const read = async (position: bigint | number, length: bigint | number): Promise<Buffer> => {
      const [begin, count] = [Number(position), Number(length)];
      if (count > MOST || begin + count > size) throw damaged();
      const bytes = Buffer.alloc(count);
      if ((await handle.read(bytes, 0, count, begin)).bytesRead < count) throw damaged();
      return bytes;
    };
    const header = await read(0, HEADER);
    if (header.toString("latin1", 0, 4) !== "\x7fELF" || header[4] !== 2 || header[5] !== 1) throw damaged();
    // The section headers stand at the end of the file, so a truncated one lacks them.
    const sections = header.readBigUInt64LE(40) + BigInt(header.readUInt16LE(58) * header.readUInt16LE(60));
    if (sections > size) throw damaged();
    const table = await read(header.readBigUInt64LE(32), SEGMENT * header.readUInt16LE(56));
    const segments = Array.from({ length: table.length / SEGMENT }, (_, i) => segmentOf(table.subarray(i * SEGMENT)));
    const dynamic = segments.find(({ type }) => type === DYNAMIC);
    if (!dynamic) throw damaged();
    const entries = entriesOf(await read(dynamic.offset, dynamic.size));
    const names = entries.find(({ tag }) => tag === TAGS.strings)?.value;
    const holder = segments.find(
      ({ type, address, size }) => type === LOAD && names !== undefined && names >= address && names < address + size,
    );
    if (names === undefined || !holder) throw damaged();
    const start = holder.offset + names - holder.address;
    const needed = entries.filter(({ tag }) => tag === TAGS.needed).map(({ value }) => value);
    return await Promise.all(
      needed.map(async (at) => {
        const text = await read(start + at, Math.min(256, size - Number(start + at)));
        return text.toString("latin1", 0, text.indexOf(0));
      }),
    );
  } finally {
    await handle.close();
  }
}

const segmentOf = (bytes: Buffer) => ({
  type: bytes.readUInt32LE(0),
  offset: bytes.readBigUInt64LE(8),
  address: bytes.readBigUInt64LE(16),
  size: bytes.readBigUInt64LE(32),
});

function entriesOf(bytes: Buffer): { tag: bigint; value: bigint }[] {
  const entries = [];
  for (let at = 0; at + 16 <= bytes.length; at += 16) {
    const entry = { tag: bytes.readBigUInt64LE(at), value: bytes.readBigUInt64LE(at + 8) };
    if (entry.tag === TAGS.end) break;
    entries.push(entry);
  }
  return entries;
}
