// Buffers messages for pages that start listening later: counting starts before the page does, and a page restarts each time
// its tab becomes visible again.

export class Told<M> {
  readonly #listeners = new Set<(message: M) => void>();
  #messages: M[] = [];

  tell(message: M): void {
    this.#messages.push(message);
    for (const post of this.#listeners) post(message);
  }

  /** Discards the buffered messages; later listeners do not get them. */
  forget(): void {
    this.#messages = [];
  }

  /** Sends the buffered messages, then all new ones. */
  listen(post: (message: M) => void): void {
    this.#listeners.add(post);
    for (const message of this.#messages) post(message);
  }

  unlisten(post: (message: M) => void): void {
    this.#listeners.delete(post);
  }
}
