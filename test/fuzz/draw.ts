// The mutators' random draws: one seeded stream per input, and values that an attacker would try.

import { Random } from "../../src/data/random.ts";

/** The draws of one input: equal seed, format and number yield an equal input. */
export class Draw {
  readonly #random: Random;

  constructor(seed: number, stream: string) {
    this.#random = new Random(seed, stream);
  }

  /** A random integer in [0, n). */
  below(n: number): number {
    return this.#random.below(Math.max(1, n));
  }

  chance(share: number): boolean {
    return this.#random.uniform() < share;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }

  /** The result of one alternative, chosen uniformly. */
  one<T>(...makers: readonly (() => T)[]): T {
    return this.pick(makers)();
  }
}

/** Numbers in JSON, some of which no double can represent. */
export const HOSTILE_NUMBERS = [
  ...["0", "-0", "1", "-1", "2", "3", "0.5", "-0.5", "1e-320", "7", "64", "1000", "65536", "100000", "1e6"],
  ...["16777216", "1e8", "1e9", "2147483647", "2147483648", "4294967295", "4294967296", "67108864", "1e15"],
  ...["9007199254740991", "9007199254740992", "18446744073709551615", "1e21", "1e300", "1e308", "1e309", "-1e309"],
  ...["123456789012345678901234567890", "0.1e1", "1.5", "-1e9", "5e-324"],
] as const;

export const HOSTILE_STRINGS = [
  ...["", " ", "\0", "a", "A", "__proto__", "constructor", "toString", "hasOwnProperty", "length", "null", "true"],
  ...[
    "../../etc/passwd",
    "C:x",
    "CON",
    "/dev/zero",
    "\u001b[31mred\u001b[0m",
    "\u202Eabc",
    "\u009b31m",
    "\r",
    "\n",
    "\t",
  ],
  ...["[a](command:x)", "![](https://x.y)", "<b>", "\uD800", "\uDC00x", "e\u0301", "\uFEFF", "😀", "İ", "ß", "１"],
  ...[
    "NaN",
    "Infinity",
    "-1",
    "1e9",
    "0x10",
    "a".repeat(5000),
    "(a+)+$",
    "a+a+a+a+a+a+b",
    " +",
    "a{1,1000000}",
    "▁",
    "##a",
  ],
  ...["\uFFFD", "%s%n", '"', "\\", "{}", "[]", "#", "-DOCSTART-"],
] as const;
