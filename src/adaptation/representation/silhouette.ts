// How compact and how far apart the labels are in a space (Rousseeuw 1987).

import type { Labelled } from "./labelled.ts";

/**
 * The mean over vectors of (b − a) / max(a, b): a is the mean Euclidean distance to the others of the vector's label, b the
 * smallest mean distance to the vectors of another label. From −1 to 1; 0 where labels overlap. A vector that is alone with its
 * label counts as 0, as in scikit-learn. null unless there are two labels and fewer labels than vectors.
 */
export function silhouette({ vectors, labels }: Labelled): number | null {
  const own = [...new Set(labels)];
  if (own.length < 2 || own.length >= vectors.length) return null;
  const clusters = labels.map((label) => own.indexOf(label));
  const counts = own.map((label) => labels.filter((one) => one === label).length);
  // Sums of the distances from each vector to the vectors of each label.
  const sums = vectors.map(() => new Float64Array(own.length));
  for (let i = 0; i < vectors.length; i++)
    for (let j = 0; j < i; j++) {
      const distance = between(vectors[i]!, vectors[j]!);
      sums[i]![clusters[j]!]! += distance;
      sums[j]![clusters[i]!]! += distance;
    }
  const values = sums.map((distances, i) => {
    const mine = clusters[i]!;
    if (counts[mine] === 1) return 0;
    const inside = distances[mine]! / (counts[mine]! - 1);
    const outside = Math.min(...own.flatMap((_, k) => (k === mine ? [] : [distances[k]! / counts[k]!])));
    return inside || outside ? (outside - inside) / Math.max(inside, outside) : 0;
  });
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function between(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += (a[d]! - b[d]!) ** 2;
  return Math.sqrt(sum);
}
