// Decompresses Parquet pages to exactly the size declared in their headers; limits.ts has checked this size against the
// size of the file. Without these checks, a few bytes could make a decoder exhaust memory.

import { brotliDecompressSync, gunzipSync, inflateRawSync } from "node:zlib";
import type { CompressionCodec, Compressors } from "hyparquet";
import { lz4Framed, lz4Raw } from "./lz4.ts";
import { Damaged } from "./thrift.ts";

/**
 * Maximum size of a page in bytes. Writers make pages of 1 MB, but a single value, such as an image or a book, can take
 * tens of megabytes.
 */
const LARGEST_PAGE = 256 << 20;

type Decoder = (packed: Uint8Array, length: number) => Uint8Array;

/**
 * Returns decoders for the given codecs. Each decoder returns exactly `length` bytes in a separate buffer, or throws.
 */
export async function compressorsFor(codecs: ReadonlySet<CompressionCodec>): Promise<Compressors> {
  const decoders: Partial<Record<CompressionCodec, Decoder>> = {
    GZIP: (packed, length) => {
      const inflate = packed[0] === 0x1f && packed[1] === 0x8b ? gunzipSync : inflateRawSync;
      return inflate(packed, { maxOutputLength: length, chunkSize: Math.max(64, length) });
    },
    BROTLI: (packed, length) =>
      brotliDecompressSync(packed, { maxOutputLength: length, chunkSize: Math.max(64, length) }),
    LZ4: lz4Framed,
    LZ4_RAW: lz4Raw,
    // Instantiate WebAssembly only if needed.
    ...(codecs.has("SNAPPY") ? { SNAPPY: await snappy() } : {}),
    ...(codecs.has("ZSTD") ? { ZSTD: await zstd() } : {}),
  };
  return Object.fromEntries(Object.entries(decoders).map(([codec, decode]) => [codec, exact(decode)]));
}

/**
 * Wraps a decoder: checks the size of each page, and returns the page in a separate buffer, so that reading beyond the
 * end of one page cannot reach the bytes of another page.
 */
function exact(decode: Decoder): Decoder {
  return (packed, length) => {
    if (length > LARGEST_PAGE) throw new Damaged(`a page has ${length} bytes, more than the limit of ${LARGEST_PAGE}`);
    if (length === 0) return new Uint8Array(0);
    let page: Uint8Array;
    try {
      page = decode(packed, length);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "ERR_BUFFER_TOO_LARGE") throw cause;
      throw new Damaged(`a page unpacks to more than the ${length} bytes that it declares`);
    }
    if (page.length !== length)
      throw new Damaged(`a page unpacks to ${page.length} bytes, not the ${length} bytes that it declares`);
    return page.buffer.byteLength === length ? page : new Uint8Array(page);
  };
}

/** hysnappy writes as many bytes as the compressed data declares, so that number is checked first. */
async function snappy(): Promise<Decoder> {
  const { snappyUncompressor } = await import("hysnappy");
  const decode = snappyUncompressor();
  return (packed, length) => {
    let [announced, scale] = [0, 1];
    for (let at = 0; at < 5; at++, scale *= 128) {
      announced += ((packed[at] ?? 0) & 0x7f) * scale;
      if ((packed[at] ?? 0) < 0x80) break;
    }
    if (announced !== length)
      throw new Damaged(`a page declares ${length} bytes, but its compressed data declares ${announced}`);
    return decode(packed, length);
  };
}

/** zstddec decompresses at most `length` bytes; if it fails, it returns an empty array. */
async function zstd(): Promise<Decoder> {
  const { ZSTDDecoder } = await import("zstddec");
  const decoder = new ZSTDDecoder();
  await decoder.init();
  return (packed, length) => {
    const page = decoder.decode(packed, length);
    if (page.length) return page;
    throw new Damaged(`a page is damaged, or unpacks to more than the ${length} bytes that it declares`);
  };
}
