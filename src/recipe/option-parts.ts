// Parts of the schema of a run's options.

import * as z from "zod/mini";
import { atMost, integer, positive, worded } from "../schema.ts";

/**
 * The maximum number of characters in a text. Layer ranges and expressions are short, and the time needed to parse
 * them grows with their length.
 */
const LONGEST_TEXT = 1000;
/** The maximum number of characters in a path: the limit on most systems. */
const LONGEST_PATH = 4096;

export const text = () =>
  worded(z.string().check(atMost(LONGEST_TEXT), z.regex(/\S/)), `text of at most ${LONGEST_TEXT} characters`);
export const filePath = (expected: string) =>
  worded(z.string().check(atMost(LONGEST_PATH), z.regex(/^(?=.*\S)[^\0]*$/s)), expected);
export const count = (least: number) => integer(least, 1_000_000_000);

/** A learning rate. */
export const rate = () => positive(10);
