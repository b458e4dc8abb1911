// The objects that the runtime makes, each with an owner that must release it.

import type { Kind, Pointer } from "./functions.ts";

export class Owned<K extends Kind> {
  #pointer: Pointer<K> | undefined;
  readonly #free: (pointer: Pointer<K>) => void;

  constructor(pointer: Pointer<K>, free: (pointer: Pointer<K>) => void) {
    this.#pointer = pointer;
    this.#free = free;
  }

  /** The address. Throws if the object was released: the runtime itself would read freed memory. */
  get pointer(): Pointer<K> {
    if (this.#pointer === undefined) throw new Error("an object of the runtime was used after its release");
    return this.#pointer;
  }

  /** Frees the object; a second call does nothing. */
  release(): void {
    const pointer = this.#pointer;
    this.#pointer = undefined;
    if (pointer !== undefined) this.#free(pointer);
  }
}
