// A shared library made by hand: an ELF file that names the libraries it needs, and nothing else.

const [HEADER, SEGMENT, ENTRY, SECTION] = [64, 56, 16, 64];

/** A 64-bit little-endian ELF file that needs these libraries. */
export function elfOf(needs: readonly string[]): Buffer {
  const names = Buffer.from(`\0${needs.join("\0")}\0`);
  const dynamicAt = HEADER + 2 * SEGMENT;
  const dynamic = Buffer.alloc(ENTRY * (needs.length + 2));
  const namesAt = dynamicAt + dynamic.length;
  const address = 0x1000; // where the file is loaded
  let at = 1;
  for (const [i, name] of needs.entries()) {
    dynamic.writeBigUInt64LE(1n, ENTRY * i);
    dynamic.writeBigUInt64LE(BigInt(at), ENTRY * i + 8);
    at += name.length + 1;
  }
  dynamic.writeBigUInt64LE(5n, ENTRY * needs.length);
  dynamic.writeBigUInt64LE(BigInt(address + namesAt), ENTRY * needs.length + 8);
  const size = namesAt + names.length;
  const segment = (type: number, offset: number, length: number) => {
    const bytes = Buffer.alloc(SEGMENT);
    bytes.writeUInt32LE(type, 0);
    bytes.writeBigUInt64LE(BigInt(offset), 8);
    bytes.writeBigUInt64LE(BigInt(address + offset), 16);
    bytes.writeBigUInt64LE(BigInt(length), 32);
    return bytes;
  };
  const header = Buffer.alloc(HEADER);
  header.write("\x7fELF", "latin1");
  header.set([2, 1, 1], 4);
  header.writeBigUInt64LE(BigInt(HEADER), 32);
  header.writeBigUInt64LE(BigInt(size), 40); // one section header follows
  header.writeUInt16LE(SEGMENT, 54);
  header.writeUInt16LE(2, 56);
  header.writeUInt16LE(SECTION, 58);
  header.writeUInt16LE(1, 60);
  const [load, table] = [segment(1, 0, size), segment(2, dynamicAt, dynamic.length)];
  return Buffer.concat([header, load, table, dynamic, names, Buffer.alloc(SECTION)]);
}
