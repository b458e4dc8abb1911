// The labels of a task: their names in order, and which number a label in a file stands for.

import { InputError } from "../errors.ts";
import { didYouMean } from "../suggest.ts";

const WHOLE = /^\d+$/;
const NUMBER = /^-?\d+(\.\d+)?$/;

export class Labels {
  readonly names: readonly string[];
  readonly #numbers: ReadonlyMap<string, number>;
  /** Whether the files hold the names' numbers (0, 1 …) instead of the names. */
  readonly #numbered: boolean;
  /** What only is allowed outside of training, where labels must be learnt. */
  readonly #learnt: ReadonlySet<number> | undefined;

  /**
   * From the names given in the task file (none: all that training has, sorted) and the labels of training as written.
   * With `classes`, labels are refused that no row of training has.
   */
  constructor(given: readonly string[] | undefined, training: ReadonlySet<string>, classes: boolean) {
    this.names = given ?? sorted([...training]);
    this.#numbers = new Map(this.names.map((name, i) => [name, i]));
    this.#numbered = !this.names.some((name) => WHOLE.test(name));
    const numbers = [...training].map((label) => this.#numberOf(label)).filter((number) => number !== undefined);
    this.#learnt = classes ? new Set(numbers) : undefined;
  }

  /** The number of a label of a row. InputError where it has none. */
  number(label: string, place: { file: string; at: string }): number {
    const number = this.#numberOf(label);
    if (number === undefined)
      throw new InputError(
        `the label ${JSON.stringify(label)} is none of the task's`,
        place,
        didYouMean(label, this.names, `correct it, or take one of ${this.names.join(", ")}`),
      );
    if (this.#learnt && !this.#learnt.has(number))
      throw new InputError(
        `no row of training has the label ${JSON.stringify(label)}`,
        place,
        "put rows with this label into the training file, or leave this one out",
      );
    return number;
  }

  #numberOf(label: string): number | undefined {
    const number = this.#numbers.get(label);
    if (number !== undefined || !this.#numbered || !WHOLE.test(label)) return number;
    return Number(label) < this.names.length ? Number(label) : undefined;
  }
}

/** Numbers by size, else all in the order of their code points. */
function sorted(labels: string[]): string[] {
  if (labels.every((label) => NUMBER.test(label))) return labels.sort((a, b) => Number(a) - Number(b));
  return labels.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}
