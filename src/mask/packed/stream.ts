// The stream of one matrix: a byte that tells how it is coded, the reach of its flips, then the range coder's bytes.

import type { InputError } from "../../errors.ts";
import { onDemand } from "../../on-demand.ts";
import { type BitMatrix, strideOf } from "../bits.ts";
import { OFF, STRATA } from "../strata.ts";
import { type Contexts, codeMatrix, type Known, type Reach } from "./matrix.ts";
import type { Learned } from "./model.ts";
import { Decoder, Encoder } from "./range.ts";

/** How many weights a stream may have per byte, so that a small file cannot take much time or memory. */
export const MOST_PER_BYTE = 1000;

/** Bits of the first byte; 0 means that the plain bits follow. */
const FLAGS = { coded: 1, scores: 2, lines: 4, signs: 8 } as const;
const MOST_FLAGS = 15;
/** The first byte, then two numbers of 16 bits, little-endian. */
const HEAD = 5;

interface Encoded {
  readonly stream: Uint8Array;
  readonly contexts: Contexts | null;
  readonly learned: Learned;
}

/** All combinations that a matrix can be coded with. */
function choicesOf(known: Known): Contexts[] {
  const [cells, weights] = [known.cells(), known.weights];
  const both = [true, false];
  return both.flatMap((lines) =>
    (weights ? both : [false]).flatMap((signs) =>
      (cells ? both : [false]).map((scores): Contexts => ({ scores, lines, signs })),
    ),
  );
}

/**
 * The smallest stream of a matrix and its contexts, null if it has the plain bits. The returned `learned` is what a decoder
 * has after this stream. `choices` restricts the contexts that are tried.
 */
export function encodeStream(
  bits: BitMatrix,
  known: Known,
  learned: Learned,
  choices: readonly Contexts[] = choicesOf(known),
): Encoded {
  const plain = new Uint8Array(1 + bits.bytes.length);
  plain.set(bits.bytes, 1);
  let best: Encoded = { stream: plain, contexts: null, learned };
  const reachOfScores = onDemand(() => reachOf(bits, known.cells()!));
  for (const contexts of choices) {
    const trial = structuredClone(learned);
    const reach = contexts.scores ? reachOfScores() : WHOLE;
    const encoder = new Encoder();
    codeMatrix(encoder, trial, known, contexts, reach, bits);
    const coded = encoder.finish();
    const length = Math.max(HEAD + coded.length, Math.ceil((bits.rows * bits.columns) / MOST_PER_BYTE)); // zeros may follow
    if (length >= best.stream.length) continue;
    const stream = new Uint8Array(length);
    stream[0] = FLAGS.coded;
    for (const key of ["scores", "lines", "signs"] as const) if (contexts[key]) stream[0] |= FLAGS[key];
    new DataView(stream.buffer).setUint16(1, reach.on, true);
    new DataView(stream.buffer).setUint16(3, reach.off, true);
    stream.set(coded, HEAD);
    best = { stream, contexts, learned: trial };
  }
  return best;
}

/** The bits of a stream. Throws an InputError if it is damaged or depends on what is unknown. */
export function decodeStream(stream: Uint8Array, known: Known, learned: Learned, damaged: () => InputError): BitMatrix {
  const { rows, columns } = known;
  const stride = strideOf(columns);
  const flags = stream[0] ?? 0;
  if (!flags) {
    if (stream.length !== 1 + rows * stride) throw damaged();
    return { rows, columns, stride, bytes: new Uint8Array(stream.slice(1)) };
  }
  const has = (flag: number) => (flags & flag) !== 0;
  const contexts = { scores: has(FLAGS.scores), lines: has(FLAGS.lines), signs: has(FLAGS.signs) };
  const isKnown = (!contexts.scores || known.cells()) && (!contexts.signs || known.weights);
  if (stream.length < HEAD || !has(FLAGS.coded) || flags > MOST_FLAGS || !isKnown) throw damaged();
  const head = new DataView(stream.buffer, stream.byteOffset, HEAD);
  const reach = { on: head.getUint16(1, true), off: head.getUint16(3, true) };
  return codeMatrix(new Decoder(stream.subarray(HEAD)), learned, known, contexts, reach);
}

/** The reach without initial scores. */
const WHOLE: Reach = { on: 0, off: STRATA };

/** How far from the threshold weights have flipped. */
function reachOf({ rows, columns, stride, bytes }: BitMatrix, cells: Uint16Array): Reach {
  let { on, off } = WHOLE;
  for (let row = 0, i = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, i++) {
      const cell = cells[i]!;
      const isOn = (bytes[row * stride + (column >> 3)]! >> (column & 7)) & 1;
      if (cell < OFF) {
        if (!isOn && cell >= on) on = cell + 1;
      } else if (isOn && cell - OFF < off) off = cell - OFF;
    }
  return { on, off };
}
