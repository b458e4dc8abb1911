// Requests facts about the weight under the pointer.

/** A weight: the name of its matrix, and its row and column. */
export interface WeightPlace {
  readonly name: string;
  readonly row: number;
  readonly column: number;
}

/** Sends one request per matrix at a time; if the shown weight has changed when the answer arrives, sends another. */
export class WeightRequests<P extends WeightPlace> {
  readonly #ask: (place: P) => void;
  readonly #isSame: (a: P, b: P) => boolean;
  /** The weight that is shown, and the one whose facts have been requested. */
  #shown: P | undefined;
  #awaited: P | undefined;

  constructor(ask: (place: P) => void, isSame: (a: P, b: P) => boolean = isSameWeight) {
    this.#ask = ask;
    this.#isSame = isSame;
  }

  need(place: P | undefined): void {
    this.#shown = place;
    if (!place || this.#awaited?.name === place.name) return;
    this.#awaited = place;
    this.#ask(place);
  }

  answered(place: P): void {
    this.#awaited = undefined;
    if (this.#shown && !this.#isSame(this.#shown, place)) this.need(this.#shown);
  }
}

export const isSameWeight = (a: WeightPlace, b: WeightPlace): boolean =>
  a.name === b.name && a.row === b.row && a.column === b.column;
