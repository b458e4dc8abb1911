// A mask of BERT-base's size, generated from a seed, for measuring how fast it opens: layers 2 to 11, pooler and a
// classifier of two labels, 71 million bits. Its initial mask follows from its metadata, and some of the weights near
// the threshold have flipped, as if trained. Written by MaskLens's own functions, so the file is valid.

import { writeAtomic } from "../../src/files.ts";
import type { MatrixKind } from "../../src/kinds.ts";
import { type BitMatrix, emptyBits } from "../../src/mask/bits.ts";
import { encodeMask, type MaskMatrix } from "../../src/mask/file.ts";
import { initialScores } from "../../src/mask/initial.ts";
import type { AdaptationFacts, InitialRecipe } from "../../src/mask/metadata.ts";
import { fillWords, streamOf, uniform } from "../../src/philox.ts";

const WIDTH = 768;
const FEED_FORWARD = 3072;
const LAYERS = 12;
/** The lowest layer that is masked by default. */
const LOWEST = 2;

const KINDS: readonly (readonly [MatrixKind, string, rows: number, columns: number])[] = [
  ["Q", "attention.self.query", WIDTH, WIDTH],
  ["K", "attention.self.key", WIDTH, WIDTH],
  ["V", "attention.self.value", WIDTH, WIDTH],
  ["AO", "attention.output.dense", WIDTH, WIDTH],
  ["I", "intermediate.dense", FEED_FORWARD, WIDTH],
  ["O", "output.dense", WIDTH, FEED_FORWARD],
];

/** Writes the mask of a seed to a file; with a higher `lowest` layer, a smaller one. */
export async function writeBigMask(file: string, seed: number, lowest = LOWEST): Promise<void> {
  const initial: InitialRecipe = {
    ...{ generator: "philox4x32-10", maskSeed: seed, kind: "uniform" },
    ...{ low: -0.02, high: 0.58, threshold: 0.01, sparsity: 0.05 },
  };
  const inLayers = Array.from({ length: LAYERS - lowest }, (_, i) => i + lowest).flatMap((layer) =>
    KINDS.map(([kind, module, rows, columns]): MaskMatrix => {
      const name = `encoder.layer.${layer}.${module}.weight`;
      return { name, layer, kind, bits: trained(initial, name, rows, columns) };
    }),
  );
  const above: MaskMatrix[] = [
    {
      name: "pooler.dense.weight",
      layer: null,
      kind: "P",
      bits: trained(initial, "pooler.dense.weight", WIDTH, WIDTH),
    },
    { name: "classifier.weight", layer: null, kind: "T", bits: trained(initial, "classifier.weight", 2, WIDTH) },
  ];
  const metadata: AdaptationFacts = {
    tool: "masklens bench",
    base: {
      ...{ id: "bert-base-uncased", modelType: "bert", layers: LAYERS, hiddenSize: WIDTH, heads: 12 },
      ...{ feedForward: FEED_FORWARD, fingerprint: "0".repeat(64), weights: {} },
    },
    task: { name: "big", kind: "sentence", metric: "accuracy", labels: ["no", "yes"], dataSha256: {} },
    run: { method: "mask", seed, maskSeed: seed },
    initial,
    seeds: { run: seed, mask: seed },
    metrics: {},
    training: { steps: 1 },
  };
  await writeAtomic(file, await encodeMask({ metadata, matrices: [...inLayers, ...above], tensors: [] }));
}

/** How far training may move a score; half of the weights move each way. */
const REACH = 0.04;

/** The mask of scores that moved by up to REACH from their initial values. */
function trained(initial: InitialRecipe, name: string, rows: number, columns: number): BitMatrix {
  const scores = initialScores(initial, name, rows, columns);
  const moves = new Uint32Array(scores.length);
  fillWords(moves, initial.maskSeed, streamOf(`${name} moved`));
  const bits = emptyBits(rows, columns);
  for (let row = 0, i = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, i++)
      if (scores[i]! + REACH * (2 * uniform(moves[i]!) - 1) > initial.threshold)
        bits.bytes[row * bits.stride + (column >> 3)]! |= 1 << (column & 7);
  return bits;
}
