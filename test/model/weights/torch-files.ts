// Files of torch.save made by hand, whole or hostile, as no torch would write them.

import { deflateRawSync } from "node:zlib";

interface Packed {
  /** As the entry's data. */
  readonly bytes: Uint8Array;
  /** 0: stored, 8: deflated. */
  readonly method: number;
  /** What the directory says that it unpacks to. */
  readonly size: number;
  readonly flags?: number;
}

export const deflated = (bytes: Uint8Array): Packed => ({
  bytes: deflateRawSync(bytes),
  method: 8,
  size: bytes.length,
});

/** A zip file of these entries, in this order; a name may come twice. */
export function zipOf(entries: readonly (readonly [string, Uint8Array | Packed])[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, content] of entries) {
    const {
      bytes,
      method,
      size,
      flags = 0,
    } = "method" in content ? content : { bytes: content, method: 0, size: content.length };
    const called = Buffer.from(name);
    const header = Buffer.alloc(30);
    header.writeUInt32LE(0x04034b50, 0);
    header.writeUInt16LE(called.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(flags, 8);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(bytes.length, 20);
    entry.writeUInt32LE(size, 24);
    entry.writeUInt16LE(called.length, 28);
    entry.writeUInt32LE(at, 42);
    directory.push(entry, called);
    parts.push(header, called, Buffer.from(bytes));
    at += 30 + called.length + bytes.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

/** Bytes of a pickle: text as its bytes, numbers as one byte each, other pickles as they are. */
export const bytes = (...parts: (string | number | Uint8Array)[]): Buffer =>
  Buffer.concat(
    parts.map((part) =>
      typeof part === "number" ? Buffer.of(part) : typeof part === "string" ? Buffer.from(part, "latin1") : part,
    ),
  );

const int32 = (value: number): Buffer => {
  const out = Buffer.alloc(4);
  out.writeInt32LE(value);
  return out;
};

/** Instructions that push a value. */
export const text = (value: string): Buffer => bytes("X", int32(Buffer.byteLength(value)), Buffer.from(value));
export const int = (value: number): Buffer => bytes("J", int32(value));
/** An integer of up to 8 bytes. */
export const long = (value: bigint): Buffer => {
  const out = Buffer.alloc(8);
  out.writeBigInt64LE(value);
  return bytes("\x8a", 8, out);
};
export const tuple = (...values: Uint8Array[]): Buffer => bytes("(", ...values, "t");
export const global = (module: string, name: string): Buffer => bytes("c", `${module}\n${name}\n`);
export const call = (called: Uint8Array, ...args: Uint8Array[]): Buffer => bytes(called, tuple(...args), "R");
export const dict = (...pairs: Uint8Array[]): Buffer => bytes("}(", ...pairs, "u");
/** A whole pickle of protocol 2. */
export const pickle = (value: Uint8Array): Buffer => bytes("\x80\x02", value, ".");

export const storage = (key = "0", numel: Uint8Array = int(4), type = "FloatStorage"): Buffer =>
  bytes(tuple(text("storage"), global("torch", type), text(key), text("cpu"), numel), "Q");

const EMPTY = bytes(global("collections", "OrderedDict"), ")R");

/** A tensor over `of`; sizes and strides as pushed values. */
export const tensor = (
  sizes: Uint8Array = tuple(int(4)),
  strides: Uint8Array = tuple(int(1)),
  { of = storage(), offset = int(0) }: { of?: Uint8Array; offset?: Uint8Array } = {},
): Buffer => call(global("torch._utils", "_rebuild_tensor_v2"), of, offset, sizes, strides, bytes(0x89), EMPTY);

/** A zip of torch.save with this pickle and a storage of four float32 values, or these. */
export const zipped = (value: Uint8Array, values: Uint8Array = new Uint8Array(16)): Buffer =>
  zipOf([
    ["archive/data.pkl", pickle(value)],
    ["archive/byteorder", Buffer.from("little")],
    ["archive/data/0", values],
  ]);

/** A legacy file of torch.save with this pickle, keys and storages (elements, then their bytes). */
export const legacy = (value: Uint8Array, keys: readonly string[], ...storages: (readonly [bigint, Uint8Array])[]) => {
  const numbered = storages.map(([numel, values]) => {
    const count = Buffer.alloc(8);
    count.writeBigInt64LE(numel);
    return Buffer.concat([count, values]);
  });
  const magic = bytes("\x8a\x0a", Buffer.from("6cfc9c46f9206aa85019", "hex"));
  return Buffer.concat([
    pickle(magic),
    pickle(bytes("M", 0xe9, 0x03)),
    pickle(dict(text("little_endian"), bytes(0x88))),
    pickle(value),
    pickle(bytes("](", ...keys.map(text), "e")),
    ...numbered,
  ]);
};

/** Pickles that would run something, and what they ask for. */
export const CODE: readonly (readonly [string, Uint8Array])[] = [
  ["os.system", call(global("os", "system"), text("touch owned"))],
  ["os.system", bytes(text("os"), text("system"), 0x93, tuple(text("touch owned")), "R")],
  ["posix.system", bytes("(", text("touch owned"), "iposix\nsystem\n")],
  ["subprocess.Popen", bytes("(", global("subprocess", "Popen"), text("touch owned"), "o")],
  ["subprocess.Popen", bytes(global("subprocess", "Popen"), tuple(text("touch owned")), 0x81)],
  ["builtins.eval", dict(text("x"), call(global("builtins", "eval"), text("1")))],
  ["builtins.getattr", call(global("builtins", "getattr"), EMPTY, text("__class__"))],
  ["torch.load", call(global("torch", "load"), text("other.bin"))],
  ["torch.storage._load_from_bytes", call(global("torch.storage", "_load_from_bytes"), text("pickle"))],
  ["pickle.loads", call(global("pickle", "loads"), text("c"))],
  ["transformers.BertModel", bytes(global("transformers", "BertModel"), ")", 0x81, dict(), "b")],
];
