// UMAP (McInnes, Healy and Melville 2018): a map that keeps near neighbours near.

import { setImmediate } from "node:timers/promises";
import { UMAP } from "umap-js";
import type { Random } from "../../data/random.ts";
import { slowly, tick } from "../../pulse.ts";
import type { Projection } from "./projection.ts";

/** The neighbours of each vector that the map keeps near; this and all else is the default of the method's authors. */
const NEIGHBOURS = 15;

/** The same vectors and generator give the same map. If the signal fires, throws its reason. */
export async function neighbourhoods(
  vectors: readonly Float32Array[],
  random: Random,
  signal?: AbortSignal,
): Promise<Projection> {
  const map = new UMAP({
    ...{ nComponents: 2, minDist: 0.1, nNeighbors: Math.min(NEIGHBOURS, vectors.length - 1) },
    random: () => random.uniform(),
  });
  const epochs = await slowly(async () => map.initializeFit(vectors.map((vector) => [...vector])));
  for (let epoch = 0; epoch < epochs; epoch++) {
    await setImmediate(); // for the signal
    signal?.throwIfAborted();
    tick();
    map.step();
  }
  return { coordinates: map.getEmbedding().map(([x, y]) => [x!, y!]), explained: null };
}
