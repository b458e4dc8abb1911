// Messages to pages, kept for those that begin to listen later: what is counted begins before its page has started, and a page
// starts anew each time its tab comes back to the front.

export class Told<M> {
  readonly #listeners = new Set<(message: M) => void>();
  #messages: M[] = [];

  tell(message: M): void {
    this.#messages.push(message);
    for (const post of this.#listeners) post(message);
  }

  /** What was told is not told to those that come. */
  forget(): void {
    this.#messages = [];
  }

  /** Tells what has been told, and from now on what will be. */
  listen(post: (message: M) => void): void {
    this.#listeners.add(post);
    for (const message of this.#messages) post(message);
  }

  unlisten(post: (message: M) => void): void {
    this.#listeners.delete(post);
  }
}
