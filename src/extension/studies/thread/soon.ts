// News that change with every step are sent a few times a second.

/** In milliseconds. */
const EVERY = 400;

export class Soon {
  readonly #send: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(send: () => void) {
    this.#send = send;
  }

  now(): void {
    this.end();
    this.#send();
  }

  /** Sends once after a while, however often it is called until then. */
  soon(): void {
    this.#timer ??= setTimeout(() => this.now(), EVERY);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
