// Groups things by their distances, and says how well the groups agree with known ones.

/**
 * Average linkage (UPGMA): joins the two closest clusters, whose distance is the mean over all pairs of their members, until
 * `count` clusters are left. Of equally close pairs, the one with the lowest members is joined. `distances` is symmetric. Returns
 * the cluster of each item, numbered from 0 in the order of the clusters' first members.
 */
export function clustersOf(distances: readonly (readonly number[])[], count: number): number[] {
  let clusters = distances.map((_, i) => [i]);
  const between = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, i) => sum + b.reduce((inner, j) => inner + distances[i]![j]!, 0), 0) / (a.length * b.length);
  while (clusters.length > Math.max(1, count)) {
    let [best, at]: [number, [number, number]] = [Number.POSITIVE_INFINITY, [0, 1]];
    for (let i = 0; i < clusters.length; i++)
      for (let j = i + 1; j < clusters.length; j++) {
        const distance = between(clusters[i]!, clusters[j]!);
        if (distance < best) [best, at] = [distance, [i, j]];
      }
    const joined = [...clusters[at[0]]!, ...clusters[at[1]]!].sort((a, b) => a - b);
    clusters = [...clusters.filter((_, i) => !at.includes(i)), joined].sort((a, b) => a[0]! - b[0]!);
  }
  const found = new Array<number>(distances.length);
  for (const [number, members] of clusters.entries()) for (const member of members) found[member] = number;
  return found;
}

const pairs = (n: number) => (n * (n - 1)) / 2;

/**
 * The adjusted Rand index of two groupings (Hubert and Arabie 1985, doi 10.1007/BF01908075): 1 if they are the same, 0 on average
 * for random ones with these sizes. 1 if both have one group each, or as many as items.
 */
export function adjustedRand<A, B>(a: readonly A[], b: readonly B[]): number {
  const sum = (counts: Iterable<number>) => [...counts].reduce((total, n) => total + pairs(n), 0);
  const counted = (keys: readonly string[]) => {
    const counts = new Map<string, number>();
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
    return counts.values();
  };
  const together = sum(counted(a.map((one, i) => JSON.stringify([one, b[i]]))));
  const [first, second] = [a, b].map((one) => sum(counted(one.map((key) => JSON.stringify(key)))));
  const expected = (first! * second!) / pairs(a.length);
  const highest = (first! + second!) / 2;
  return highest === expected || a.length < 2 ? 1 : (together - expected) / (highest - expected);
}
