// The JSON texts of a checkpoint's metadata, checked before anything leans on them: a run's folder may come from anywhere.

import { InputError, type Place } from "../errors.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import { parseJson } from "../json-text.ts";
import { MATRIX_KINDS, type Matrix } from "../model/names.ts";
import type { Position } from "./checkpoint.ts";

/** Matrices of a model: a thousand blocks have six thousand. */
const MOST_MATRICES = 10_000;
const AGAIN = "start the run again in another folder";

type Check = readonly [wanted: string, holds: (value: unknown) => boolean];

const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
const isText = (value: unknown) => typeof value === "string";
const isNumber = (value: unknown) => typeof value === "number" && Number.isFinite(value);
const isSeed = (value: unknown) => isCount(value) && (value as number) < 2 ** 32;

const count: Check = ["a whole number from 0", isCount];
const number: Check = ["a number", isNumber];

const POSITION: Readonly<Record<keyof Position, Check>> = {
  inputs: ["an object of texts", (value) => isJsonObject(value) && Object.values(value).every(isText)],
  step: count,
  evaluated: count,
  order: [
    "where a generator stood",
    (value) => isJsonObject(value) && isSeed(value.seed) && isText(value.stream) && isCount(value.position),
  ],
  epochStep: count,
  best: ["null, or a score with its step", (value) => value === null || isBest(value)],
  waited: count,
  lambda: number,
  zeroShare: ["null or a number", (value) => value === null || isNumber(value)],
  logBytes: count,
  seconds: number,
};

const MATRIX: Readonly<Record<keyof Matrix, Check>> = {
  name: ["a text", isText],
  block: ["null or a whole number from 0", (value) => value === null || isCount(value)],
  kind: [`one of ${MATRIX_KINDS.join(", ")}`, (value) => MATRIX_KINDS.some((kind) => kind === value)],
  rows: ["a whole number from 1", (value) => isCount(value) && value !== 0],
  columns: ["a whole number from 1", (value) => isCount(value) && value !== 0],
};

function isBest(value: unknown): boolean {
  return isJsonObject(value) && isNumber(value.score) && isCount(value.step) && isScores(value.scores);
}

/** As `Scores`: rows and counts, and metrics with their intervals. */
function isScores(value: unknown): boolean {
  const isEnd = (end: unknown) => end === null || isNumber(end);
  return (
    isJsonObject(value) &&
    isCount(value.rows) &&
    Object.values(value).every(
      (entry) =>
        isCount(entry) || (isJsonObject(entry) && isNumber(entry.value) && isEnd(entry.low) && isEnd(entry.high)),
    )
  );
}

/** Where a run stands, from its JSON text. InputError where a part of it is missing or wrong. */
export function positionIn(text: string | undefined, file: string): Position {
  const place = { file, at: "metadata.position" };
  const position = parsed(text, place);
  if (!isJsonObject(position)) throw new InputError("it is not a JSON object", place, AGAIN);
  return checked<Position>(position, POSITION, place);
}

/** The masked matrices, from their JSON text. InputError as `positionIn`. */
export function matricesIn(text: string | undefined, file: string): Matrix[] {
  const place = { file, at: "metadata.matrices" };
  const matrices = parsed(text, place);
  if (!Array.isArray(matrices) || matrices.length > MOST_MATRICES || !matrices.every(isJsonObject))
    throw new InputError(`it is not a list of at most ${MOST_MATRICES} matrices`, place, AGAIN);
  return matrices.map((matrix) => checked<Matrix>(matrix, MATRIX, place));
}

function parsed(text: string | undefined, place: Place): unknown {
  try {
    return parseJson(text ?? "");
  } catch (cause) {
    throw new InputError(text === undefined ? "it is missing" : "it is not JSON", place, AGAIN, { cause });
  }
}

function checked<T>(value: JsonObject, checks: Readonly<Record<keyof T & string, Check>>, { file, at }: Place): T {
  for (const [key, [wanted, holds]] of Object.entries<Check>(checks))
    if (!holds(Object.hasOwn(value, key) ? value[key] : undefined))
      throw new InputError(`it is not ${wanted}`, { ...(file && { file }), at: `${at}.${key}` }, AGAIN);
  return value as T;
}
