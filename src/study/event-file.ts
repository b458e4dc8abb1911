// TensorBoard's event files: TFRecords of protocol buffers. Only what scalars need is written.

/** A value of a scalar at a step. */
export interface ScalarEvent {
  readonly tag: string;
  readonly step: number;
  readonly value: number;
  /** In seconds since 1970. */
  readonly wallTime: number;
}

/** The bytes of an event file with these scalars, in order. `wallTime`: when the file begins, in seconds since 1970. */
export function eventFile(events: Iterable<ScalarEvent>, wallTime: number): Uint8Array {
  const records = [record(Buffer.concat([double(1, wallTime), text(3, "brain.Event:2")]))];
  for (const { tag, step, value, wallTime: at } of events) {
    const summary = nested(1, Buffer.concat([text(1, tag), float(2, value)]));
    records.push(record(Buffer.concat([double(1, at), ...(step ? [varint(2, step)] : []), nested(5, summary)])));
  }
  return Buffer.concat(records);
}

/** A TFRecord: the length and the data, each followed by its masked checksum. */
function record(data: Uint8Array): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(data.length));
  return Buffer.concat([length, masked(length), data, masked(data)]);
}

function masked(data: Uint8Array): Buffer {
  const crc = crc32c(data);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
  return bytes;
}

/** The reflected polynomial of CRC-32C (Castagnoli). */
const POLYNOMIAL = 0x82f63b78;
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
});

export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

// Fields of protocol buffers: the field's number and wire type, then its value.

const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;

const key = (field: number, type: number): Buffer => Buffer.from([(field << 3) | type]);

function base128(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

const varint = (field: number, value: number): Buffer => Buffer.concat([key(field, VARINT), base128(value)]);

function double(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([key(field, FIXED64), bytes]);
}

function float(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([key(field, FIXED32), bytes]);
}

const nested = (field: number, message: Uint8Array): Buffer =>
  Buffer.concat([key(field, DELIMITED), base128(message.length), message]);

const text = (field: number, value: string): Buffer => nested(field, Buffer.from(value));
