// How long ONNX Runtime takes for one example in a model before and after it was pruned, measured alternately, and whether the
// outputs are the same.

import { cpus } from "node:os";
import { CHOICES } from "../../data/examples.ts";
import { median } from "../../mask/significance.ts";
import { Session } from "../../runtime/session.ts";
import { sizeOf, type Tensor } from "../../tensor.ts";
import { type OnnxModel, onnxGraph } from "./onnx.ts";

export interface Latency {
  /** Median seconds. */
  readonly before: number;
  readonly after: number;
  /** The median of after / before over the pairs, and its quartiles. */
  readonly ratio: { readonly value: number; readonly low: number; readonly high: number };
  readonly pairs: number;
  /** The largest absolute difference of a logit of the example. */
  readonly difference: number;
  /** Tokens of the example; a multiple-choice example has four sequences of as many. */
  readonly length: number;
  readonly processor: string;
  /** How many logical processors there are; ONNX Runtime chooses its number of threads itself. */
  readonly processors: number;
}

const WARM_UP = 2;
const FEWEST = 11;

/** After the first FEWEST pairs, more are measured for `seconds`, up to `most` pairs in total. */
export interface Patience {
  readonly seconds: number;
  readonly most: number;
}

const PATIENCE: Patience = { seconds: 3, most: 101 };

/** What a session computes. */
interface Loaded {
  readonly session: Session;
  readonly feeds: Readonly<Record<string, Tensor>>;
}

/** Runs both models on one example of their length, alternately, on the CPU. They are built one at a time, because each is large. */
export async function compareLatency(
  models: readonly [before: () => OnnxModel, after: () => OnnxModel],
  { seconds, most } = PATIENCE,
  signal?: AbortSignal,
): Promise<Latency> {
  const loaded: Loaded[] = [];
  try {
    for (const modelOf of models) {
      const model = modelOf();
      loaded.push({ session: await Session.create(onnxGraph(model)), feeds: exampleOf(model) });
    }
    const logits: Float32Array[] = [];
    for (const { session, feeds } of loaded) logits.push((await session.run(feeds)).logits!.data as Float32Array);
    const secondsOf = async ({ session, feeds }: Loaded) => {
      signal?.throwIfAborted();
      const start = performance.now();
      await session.run(feeds);
      return (performance.now() - start) / 1000;
    };
    for (let i = 0; i < WARM_UP; i++) for (const one of loaded) await secondsOf(one);
    const pairs: [before: number, after: number][] = [];
    const end = performance.now() + 1000 * seconds;
    while (pairs.length < FEWEST || (pairs.length < most && performance.now() < end)) {
      const [before, after] = loaded as [Loaded, Loaded];
      // Each is first in every other pair.
      const isFirst = pairs.length % 2 === 0;
      const early = await secondsOf(isFirst ? before : after);
      const late = await secondsOf(isFirst ? after : before);
      pairs.push(isFirst ? [early, late] : [late, early]);
    }
    const processors = cpus();
    return {
      before: median(pairs.map(([before]) => before)),
      after: median(pairs.map(([, after]) => after)),
      ratio: quartilesOf(pairs.map(([before, after]) => after / before)),
      pairs: pairs.length,
      difference: logits[0]!.reduce((largest, logit, i) => Math.max(largest, Math.abs(logit - logits[1]![i]!)), 0),
      length: loaded[0]!.feeds.input_ids!.shape[1]!,
      processor: processors[0]?.model.trim() ?? "unknown",
      processors: processors.length,
    };
  } finally {
    for (const { session } of loaded) await session.release();
  }
}

/** An example without padding. */
function exampleOf({ config, classifier, length }: OnnxModel): Loaded["feeds"] {
  const shape = [classifier === "choice" ? CHOICES : 1, length];
  const filled = (value: (i: number) => number) => ({
    ...{ dtype: "int64" as const, shape },
    data: BigInt64Array.from({ length: sizeOf(shape) }, (_, i) => BigInt(value(i))),
  });
  return {
    input_ids: filled((i) => (config.padId + 1 + i) % config.vocabSize),
    attention_mask: filled(() => 1),
    token_type_ids: filled(() => 0),
  };
}

function quartilesOf(values: readonly number[]): Latency["ratio"] {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!;
  return { value: median(sorted), low: at(0.25), high: at(0.75) };
}
