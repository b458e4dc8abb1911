// Recognizes compressed and unsupported files by their first bytes: decompresses gzip, and rejects unsupported formats
// with advice on what to do.

import { constants, gunzipSync } from "node:zlib";
import { InputError, messageOf } from "../errors.ts";
import { bytes as sizeText } from "../numbers.ts";
import { LONGEST_TEXT } from "./text.ts";

/**
 * The highest accepted compression ratio of gzip. The ratio is 3 to 10 for text, about 50 for tables with few distinct
 * words, and 1,000 for a zip bomb.
 */
const MOST_RATIO = 100;
/** Any gzip file may decompress to this many bytes, however small the file is. */
const ALWAYS = 10_000_000;
/** Maximum number of bytes to decompress from the start of a file. */
const LARGEST_HEAD = 2 << 20;

/** Maximum size, in bytes, to which `compressed` bytes may decompress; never more than `most`. */
const limitOf = (compressed: number, most = LONGEST_TEXT) => Math.min(most, Math.max(ALWAYS, MOST_RATIO * compressed));

/** An unsupported kind of file, recognized by specific bytes at a fixed offset. */
interface Foreign {
  readonly what: string;
  readonly remedy: string;
  /** The bytes that identify the file, as Latin-1 characters. */
  readonly magic: string;
  readonly at?: number;
}

const CONVERT = "convert it to Parquet, CSV or JSON lines";
const unpack = (command: string) => `unpack it (${command}), or use gzip instead`;

/** Unsupported kinds of files, each with its own error message. */
export const FOREIGN: readonly Foreign[] = [
  { what: "an xz archive", magic: "\xfd7zXZ\0", remedy: unpack("xz -d FILE") },
  { what: "a Zstandard archive", magic: "\x28\xb5\x2f\xfd", remedy: unpack("zstd -d FILE") },
  { what: "a bzip2 archive", magic: "1AY&SY", at: 4, remedy: unpack("bunzip2 FILE") },
  { what: "an LZ4 archive", magic: "\x04\x22\x4d\x18", remedy: unpack("lz4 -d FILE") },
  { what: "a 7-Zip archive", magic: "7z\xbc\xaf\x27\x1c", remedy: unpack("7z x FILE") },
  { what: "a tar archive", magic: "ustar\0", at: 257, remedy: "unpack it (tar xf FILE) and use the file inside" },
  { what: "a tar archive", magic: "ustar  ", at: 257, remedy: "unpack it (tar xf FILE) and use the file inside" },
  { what: "an old Excel workbook", magic: "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", remedy: "save the sheet as CSV UTF-8" },
  { what: "an SQLite database", magic: "SQLite format 3\0", remedy: "export the table as CSV" },
  { what: "an Arrow (Feather) file", magic: "ARROW1", remedy: CONVERT },
  { what: "a Feather file", magic: "FEA1", remedy: CONVERT },
  {
    what: "an Arrow stream",
    magic: "\xff\xff\xff\xff",
    remedy: "convert it to Parquet (to_parquet in the datasets library)",
  },
  { what: "an Avro file", magic: "Obj\x01", remedy: CONVERT },
  { what: "an HDF5 file", magic: "\x89HDF\r\n", remedy: CONVERT },
  { what: "a numpy array", magic: "\x93NUMPY", remedy: CONVERT },
  { what: "a Python pickle", magic: "\x80\x02", remedy: CONVERT },
  { what: "a Python pickle", magic: "\x80\x03", remedy: CONVERT },
  { what: "a Python pickle", magic: "\x80\x04\x95", remedy: CONVERT },
  { what: "a Python pickle", magic: "\x80\x05\x95", remedy: CONVERT },
  { what: "a PDF document", magic: "%PDF-", remedy: CONVERT },
  {
    what: "a git-lfs pointer, not the data",
    magic: "version https://git-lfs.github.com/spec/",
    remedy: "fetch the data (git lfs pull)",
  },
  { what: "a web page, not data", magic: "<!DOCTYPE", remedy: "download the raw file" },
  { what: "a web page, not data", magic: "<!doctype", remedy: "download the raw file" },
  { what: "a web page, not data", magic: "<html", remedy: "download the raw file" },
];

const startsWith = (bytes: Buffer, magic: string, at = 0) => bytes.toString("latin1", at, at + magic.length) === magic;

export const isGzip = (bytes: Buffer) => startsWith(bytes, "\x1f\x8b");
export const isParquet = (bytes: Buffer) => startsWith(bytes, "PAR1");

/**
 * The bytes of a data file; gzip is decompressed to at most `most` bytes. If the format is not supported, throws an
 * InputError that names the format.
 */
export function unpacked(bytes: Buffer, file: string, most = LONGEST_TEXT): Buffer {
  if (!isGzip(bytes)) return known(bytes, file);
  let inner: Buffer;
  try {
    inner = gunzipSync(bytes, { maxOutputLength: limitOf(bytes.length, most) });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const [what, remedy] =
      code === "ERR_BUFFER_TOO_LARGE"
        ? tooLarge(bytes.length, most)
        : code === "Z_BUF_ERROR"
          ? ["the gzip file is truncated", "download or create the file again"]
          : [`the gzip file is damaged (${messageOf(cause)})`, "download or create the file again"];
    throw new InputError(what, { file }, remedy, { cause });
  }
  if (inner.length === 0)
    throw new InputError("the gzip file contains an empty file", { file }, "use a data file that contains examples");
  if (isGzip(inner))
    throw new InputError("the file was compressed with gzip twice", { file }, "unpack it once (gunzip FILE)");
  return known(inner, file);
}

/**
 * The start of a data file. Gzip is decompressed as far as possible, but to at most two megabytes: if `head` would
 * decompress to more, only part of `head` is used. Throws the same errors as `unpacked`.
 */
export function unpackedHead(head: Buffer, file: string): Buffer {
  if (!isGzip(head)) return known(head, file);
  for (let part = head; ; part = part.subarray(0, part.length >> 1))
    try {
      return known(gunzipSync(part, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: LARGEST_HEAD }), file);
    } catch (cause) {
      if (cause instanceof InputError) throw cause;
      // A kilobyte of gzip decompresses to at most one megabyte, so this loop ends.
      if ((cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") continue;
      const what = `the gzip file is damaged (${messageOf(cause)})`;
      throw new InputError(what, { file }, "choose a different file", { cause });
    }
}

function tooLarge(compressed: number, most: number): [what: string, remedy: string] {
  const limit = limitOf(compressed, most);
  return limit < most
    ? [
        `the file unpacks to more than ${sizeText(limit)}, which is over ${MOST_RATIO} times its compressed size`,
        "unpack it yourself (gunzip FILE) if you trust its source",
      ]
    : [`the file unpacks to more than ${sizeText(most)}`, "train on fewer examples, or convert the file to Parquet"];
}

function known(bytes: Buffer, file: string): Buffer {
  if (startsWith(bytes, "PK\x03\x04")) {
    const isWorkbook = bytes.includes("xl/workbook.xml") || bytes.includes("xl/worksheets/");
    throw isWorkbook
      ? new InputError("the file is an Excel workbook", { file }, "save the sheet as CSV UTF-8")
      : new InputError("the file is a zip archive", { file }, unpack("unzip FILE"));
  }
  const foreign = FOREIGN.find(({ magic, at }) => startsWith(bytes, magic, at));
  if (foreign) throw new InputError(`the file is ${foreign.what}`, { file }, foreign.remedy);
  return bytes;
}
