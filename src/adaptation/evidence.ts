// The evidence of each token of a text for a label under an adaptation, and its check by deletion.

import { evaluationBatches, lengthBuckets } from "../data/batches.ts";
import type { Encoded } from "../data/encode.ts";
import type { Pieces } from "../data/tokenizer/tokenizer.ts";
import { InputError } from "../errors.ts";
import type { Adaptation } from "../mask/file.ts";
import { quoted } from "../visible.ts";
import { deletionOf, deletionPlan } from "./deletion.ts";
import { sizesOf } from "./evaluate.ts";
import { attributeReader } from "./inputs/attributes.ts";
import { requireReading } from "./inputs/frames.ts";
import { rowReader } from "./inputs/rows.ts";
import type { AskedText, Evidence } from "./prediction.ts";
import type { Scorers } from "./scorers.ts";
import { softmax } from "./scoring.ts";

/** Texts with deleted tokens are scored in batches of this size; the signal is checked between them. */
const TOGETHER = 16;

export interface EvidenceOptions extends AskedText {
  /** The label to explain. */
  readonly label: string;
  /** Whether to check the evidence by deleting tokens. */
  readonly deletion: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Receives how many of the texts with deleted tokens have been scored. */
  readonly told?: ((progress: Progress) => void) | undefined;
}

export interface Progress {
  readonly done: number;
  readonly total: number;
}

/**
 * The evidence of a text's tokens (see `addEvidence`). Throws an InputError if examples of the task are not single texts or
 * pairs, if the adaptation has no such label or no other, and if tokens are to be deleted but the tokenizer has nothing to
 * replace them with. If the signal fires, throws its reason.
 */
export async function evidenceUnder(
  scorers: Scorers,
  adaptation: Adaptation,
  { text, attributes, label, deletion, signal, told = () => undefined }: EvidenceOptions,
): Promise<Evidence> {
  const row = rowReader(adaptation)(text);
  requireReading(adaptation, false);
  const target = targetOf(adaptation, label);
  const read = attributeReader(adaptation)({ text, attributes }).attributes;
  const { config, tokenizer } = await scorers.base(adaptation);
  const { maxLength } = sizesOf(adaptation, config.positions);
  const pieces = tokenizer.encode(row.text, row.textPair, maxLength);
  const batchesOf = (sequences: readonly Sequence[], size: number) => {
    const encoded = sequences.map(
      (one): Encoded => ({
        ...{ sequences: [one], target, cut: false, unscored: [] },
        ...(read && { attributes: read }),
      }),
    );
    return evaluationBatches(encoded, {
      ...{ size, buckets: lengthBuckets(maxLength), padId: config.padId, segments: config.typeVocabSize },
    });
  };
  const model = await scorers.under(adaptation);
  signal?.throwIfAborted();

  // 1. Slopes at strength 1; the second row has strength 0.
  const [batch] = batchesOf([pieces, pieces], 2);
  const strengths = Float32Array.from({ length: 2 * batch!.length }, (_, i) => Number(i < batch!.length));
  const { scores, slopes } = await model.slopes(batch!, strengths);
  const tokens = pieces.ids.map((id, i) => ({
    ...{ token: tokenizer.spelling(id), value: slopes[i]!, special: pieces.wordIds[i] === null },
  }));
  const [logOdds, logOddsWithoutWords] = scores;
  const evidence = {
    ...{ text, adaptation: adaptation.file, label },
    ...{ logOdds: logOdds!, logOddsWithoutWords: logOddsWithoutWords!, tokens },
  };
  if (!deletion) return { ...evidence, deletion: null };

  // 2. The label's probability with more and more tokens replaced.
  const { replacement } = tokenizer;
  if (replacement === undefined)
    throw new InputError(
      "the tokenizer has neither a mask token nor an unknown token that could replace deleted tokens",
      { file: adaptation.file },
      "compute the evidence without the deletion check",
    );
  const own = tokens.flatMap(({ special }, i) => (special ? [] : [i]));
  const plan = deletionPlan(own, (position) => tokens[position]!.value);
  const sequences = plan.sets.map((set) => withReplaced(pieces, set, replacement));
  const probabilities: number[] = [];
  let done = 0;
  for (const some of batchesOf(sequences, TOGETHER)) {
    signal?.throwIfAborted();
    const logits = await model.logits(some);
    const width = logits.length / some.size;
    for (const [place, set] of some.index.entries())
      probabilities[set] = softmax(logits.subarray(place * width, (place + 1) * width))[target]!;
    done += some.rows;
    told({ done, total: sequences.length });
  }
  return { ...evidence, deletion: deletionOf(plan, probabilities, tokenizer.spelling(replacement)) };
}

type Sequence = Pick<Pieces, "ids" | "typeIds">;

function withReplaced({ ids, typeIds }: Sequence, positions: readonly number[], replacement: number): Sequence {
  const replaced = [...ids];
  for (const position of positions) replaced[position] = replacement;
  return { ids: replaced, typeIds };
}

/** The label's index. Throws an InputError if there is no such label or only one, whose probability is always 1. */
function targetOf({ metadata, file }: Adaptation, label: string): number {
  const { labels } = metadata.task;
  const target = labels.indexOf(label);
  if (target < 0)
    throw new InputError(
      `the adaptation has no label ${quoted(label)}`,
      { file },
      `choose one of its labels: ${labels.map((one) => quoted(one)).join(", ")}`,
    );
  if (labels.length > 1) return target;
  throw new InputError(
    "the adaptation has a single label, so nothing speaks for or against it",
    { file },
    "choose an adaptation with two or more labels",
  );
}
