// Reads past events while new ones keep arriving, so that none is lost.

export class CatchUp<E> {
  #missed: E[] | undefined;

  /** Records an event, which a reading in progress may miss. */
  add(event: E): void {
    this.#missed?.push(event);
  }

  /**
   * Calls `read`, and returns its result and the events that were added meanwhile, some of which the result may contain
   * too. undefined if another reading began meanwhile, whose result will be newer.
   */
  async read<T>(read: () => Promise<T>): Promise<{ readonly result: T; readonly missed: readonly E[] } | undefined> {
    const missed: E[] = [];
    this.#missed = missed;
    const result = await read();
    if (this.#missed !== missed) return undefined;
    this.#missed = undefined;
    return { result, missed };
  }
}
