// Reads what happened so far while more happens, so that nothing is lost between the two.

export class CatchUp<E> {
  #missed: E[] | undefined;

  /** Records an event: the reading in progress may have begun too early to contain it. */
  add(event: E): void {
    this.#missed?.push(event);
  }

  /**
   * Reads by `read`, and returns its result with the events that were added meanwhile; the result may contain some of them
   * too. undefined if another reading has begun: its result will be newer.
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
