// Edits of torch.save's files: the zip's directory, its entries, and the instructions of the pickle, in both layouts.

import { zipOf } from "../model/weights/torch-files.ts";
import { joined, mutateBytes } from "./bytes.ts";
import type { Draw } from "./draw.ts";

const OPCODES = [
  ..."(}])tR.QXJKMGcbeusaqrhj0 12NIFLSVOdgilpPo".split("").map((letter) => letter.charCodeAt(0)),
  ...[0x80, 0x81, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8d, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98],
];

const text = (value: string) => joined(Buffer.from([0x58, value.length, 0, 0, 0]), Buffer.from(value));
const integer = (value: number) => {
  const bytes = Buffer.alloc(5);
  bytes[0] = 0x4a;
  bytes.writeInt32LE(value, 1);
  return bytes;
};

/** Fragments of pickles with effects: containers inside themselves, globals, huge lengths and numbers. */
const PIECES: readonly Uint8Array[] = [
  Buffer.from("]q\x01h\x01a", "latin1"), // a list that contains itself
  Buffer.from("}q\x02X\x01\0\0\0ah\x02s", "latin1"), // a dict that contains itself
  Buffer.from("cos\nsystem\n", "latin1"),
  Buffer.from("ctorch\nFloatStorage\n", "latin1"),
  Buffer.from("ccollections\nOrderedDict\n)R", "latin1"),
  Buffer.from("ctorch._utils\n_rebuild_tensor_v2\n", "latin1"),
  Buffer.from("X\xff\xff\xff\xff", "latin1"),
  Buffer.from("\x8d\xff\xff\xff\xff\xff\xff\xff\xff", "latin1"),
  Buffer.from("\x8b\xff\xff\xff\x7f", "latin1"),
  Buffer.from("\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f", "latin1"),
  Buffer.from("r\xff\xff\xff\xff", "latin1"),
  Buffer.from("G\x7f\xf8\0\0\0\0\0\0", "latin1"),
  Buffer.from("(".repeat(2000), "latin1"),
  Buffer.from("]".repeat(5000), "latin1"),
  Buffer.from("\x85".repeat(5000), "latin1"),
  text("storage"),
  text("__proto__"),
  text("0".repeat(31)),
  integer(-1),
  integer(2 ** 31 - 1),
  integer(0),
];

/** A pickle after one to three edits of whole instructions and operands. */
function mutatePickle(draw: Draw, bytes: Uint8Array): Uint8Array {
  let result = bytes;
  for (let edits = 1 + draw.below(3); edits > 0; edits--) {
    const at = draw.below(result.length);
    const now = result;
    result = draw.one(
      () => {
        const copy = Uint8Array.from(now);
        copy[at] = draw.pick(OPCODES);
        return copy;
      },
      () => joined(now.subarray(0, at), draw.pick(PIECES), now.subarray(at)),
      () => joined(now.subarray(0, at), now.subarray(at + 1 + draw.below(12))),
      () => {
        // An integer operand: sizes, strides, offsets, keys of the memo.
        const places = [...now.keys()].filter((i) => now[i] === 0x4b || now[i] === 0x4d || now[i] === 0x4a);
        const place = draw.pick(places.length ? places : [at]);
        const wide = draw.pick([integer(-1), integer(2 ** 31 - 1), integer(1_000_000), integer(draw.below(70))]);
        const old = now[place] === 0x4b ? 2 : now[place] === 0x4d ? 3 : 5;
        return joined(now.subarray(0, place), wide, now.subarray(place + old));
      },
      () => mutateBytes(draw, now),
    );
  }
  return result;
}

export function mutateZip(draw: Draw, bytes: Uint8Array): Uint8Array {
  if (draw.chance(0.15)) return mutateBytes(draw, bytes);
  if (draw.chance(0.2)) return mutateDirectory(draw, bytes);
  const entries = entriesOf(bytes);
  const pickle = entries.findIndex(([name]) => name.endsWith("data.pkl"));
  draw.one(
    () => {
      entries[pickle]![1] = mutatePickle(draw, entries[pickle]![1]);
    },
    () => {
      entries[pickle]![1] = mutatePickle(draw, entries[pickle]![1]);
    },
    () => {
      const entry = draw.pick(entries);
      entry[1] = mutateBytes(draw, entry[1]);
    },
    () => {
      const entry = draw.pick(entries);
      entry[0] = draw.pick([
        "",
        "data.pkl",
        "a/b/data.pkl",
        "../data.pkl",
        "x/byteorder",
        `${entry[0]}\0`,
        draw.pick(entries)[0],
      ]);
    },
    () => entries.splice(draw.below(entries.length), 1),
    () => entries.push(draw.pick(entries)),
  );
  return zipOf(entries);
}

/** Edits numbers in the directory and in the record at the end. */
function mutateDirectory(draw: Draw, bytes: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes);
  const places: number[] = [];
  for (const magic of ["PK\x01\x02", "PK\x03\x04", "PK\x05\x06", "PK\x06\x06", "PK\x06\x07"])
    for (let at = copy.indexOf(magic, 0, "latin1"); at >= 0; at = copy.indexOf(magic, at + 1, "latin1"))
      places.push(at);
  const at = draw.pick(places) + draw.pick([4, 6, 8, 10, 12, 16, 18, 20, 22, 24, 26, 28, 30, 32, 42]);
  if (at + 4 > copy.length) return mutateBytes(draw, copy);
  const value = draw.pick([
    0,
    1,
    0xff,
    0xffff,
    0x7fffffff,
    0xffffffff,
    bytes.length,
    bytes.length - 1,
    draw.below(bytes.length),
  ]);
  if (draw.chance(0.5)) copy.writeUInt16LE(value & 0xffff, at);
  else copy.writeUInt32LE(value >>> 0, at);
  return copy;
}

/** The entries of one of our own fixtures, which are uncompressed. */
export function entriesOf(bytes: Uint8Array): [string, Uint8Array][] {
  const file = Buffer.from(bytes);
  const entries: [string, Uint8Array][] = [];
  for (let at = file.readUInt32LE(file.length - 22 + 16); file.readUInt32LE(at) === 0x02014b50; ) {
    const [name, extra, comment] = [28, 30, 32].map((field) => file.readUInt16LE(at + field)) as [
      number,
      number,
      number,
    ];
    const [size, header] = [file.readUInt32LE(at + 24), file.readUInt32LE(at + 42)];
    const begin = header + 30 + file.readUInt16LE(header + 26) + file.readUInt16LE(header + 28);
    entries.push([file.toString("utf8", at + 46, at + 46 + name), file.subarray(begin, begin + size)]);
    at += 46 + name + extra + comment;
  }
  return entries;
}

/** Edits the start of a legacy file, where the pickles are. */
export function mutateLegacy(draw: Draw, bytes: Uint8Array): Uint8Array {
  if (draw.chance(0.2)) return mutateBytes(draw, bytes);
  const end = draw.chance(0.3) ? 80 : Math.floor(bytes.length / 2);
  return joined(mutatePickle(draw, bytes.subarray(0, end)), bytes.subarray(end));
}
