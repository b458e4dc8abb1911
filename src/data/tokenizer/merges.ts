// Applies the merges of byte-pair encoding: by rank, and from left to right within a rank.

export interface Merge {
  readonly rank: number;
  /** The ID of the merged token. */
  readonly id: number;
}

/** All merges, keyed by their two tokens (see `pairOf`). */
export type Merges = ReadonlyMap<number, Merge>;

/** The key of a pair of tokens; unique, because IDs are below 2²⁶. */
export const pairOf = (left: number, right: number): number => left * 2 ** 26 + right;

/** Two adjacent symbols that may be merged. */
interface Candidate extends Merge {
  /** The index of the left symbol. */
  readonly at: number;
}

/**
 * The symbols of a word after all merges. Candidates are kept in a heap, so a word of n characters takes n · log n
 * time; searching for the best pair after each merge would take time proportional to n², and a word can be as long as a
 * file.
 */
export function merged(symbols: readonly number[], merges: Merges): number[] {
  const ids: (number | undefined)[] = [...symbols];
  const [before, after] = [Int32Array.from(symbols, (_, i) => i - 1), Int32Array.from(symbols, (_, i) => i + 1)];
  const heap = new Heap();
  const offer = (at: number): void => {
    const [left, right] = [ids[at], ids[after[at]!]];
    const merge = left === undefined || right === undefined ? undefined : merges.get(pairOf(left, right));
    if (merge) heap.push({ ...merge, at });
  };
  for (let at = 0; at + 1 < symbols.length; at++) offer(at);
  for (let best = heap.pop(); best; best = heap.pop()) {
    const { at, id } = best;
    const next = after[at]!;
    const [left, right] = [ids[at], ids[next]];
    // Skip the candidate if one of its symbols has since been merged with a different symbol.
    if (left === undefined || right === undefined || merges.get(pairOf(left, right))?.id !== id) continue;
    ids[at] = id;
    ids[next] = undefined;
    after[at] = after[next]!;
    if (after[at]! < ids.length) before[after[at]!] = at;
    if (before[at]! >= 0) offer(before[at]!);
    offer(at);
  }
  return ids.filter((id) => id !== undefined);
}

/** Orders candidates by rank, then from left to right. */
class Heap {
  readonly #items: Candidate[] = [];

  push(item: Candidate): void {
    const items = this.#items;
    let at = items.length;
    items.push(item);
    for (let up = (at - 1) >> 1; at > 0 && isBefore(item, items[up]!); at = up, up = (at - 1) >> 1) {
      items[at] = items[up]!;
      items[up] = item;
    }
  }

  pop(): Candidate | undefined {
    const items = this.#items;
    const [first, last] = [items[0], items.pop()];
    if (!items.length || last === undefined) return first;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      if (down >= items.length) break;
      if (down + 1 < items.length && isBefore(items[down + 1]!, items[down]!)) down++;
      if (!isBefore(items[down]!, last)) break;
      items[at] = items[down]!;
      at = down;
    }
    items[at] = last;
    return first;
  }
}

function isBefore(a: Candidate, b: Candidate): boolean {
  return a.rank < b.rank || (a.rank === b.rank && a.at < b.at);
}
