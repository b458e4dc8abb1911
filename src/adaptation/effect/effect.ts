// What the parts of a mask are worth: the change of loss and metric if a part's initial mask is restored, if it is set to zero, or
// if it is swapped with another mask's. First a gradient estimate for all parts, then exact values, the largest estimates first,
// within a budget of time. Formulas: method.md, "What a part of a mask is worth".

import { setImmediate as nextTurn } from "node:timers/promises";
import { layerNamed } from "../../anatomy/layers.ts";
import { readTask } from "../../data/task.ts";
import { InputError } from "../../errors.ts";
import { needsBase, unknownBecause } from "../../mask/changed.ts";
import { controlSeed } from "../../mask/control.ts";
import { countMatrix, describeCounted, type MatrixCounts } from "../../mask/describe.ts";
import type { Mask } from "../../mask/file.ts";
import type { WeightsOf } from "../../mask/initial.ts";
import type { Estimate, Interval } from "../../mask/metadata.ts";
import { rankCorrelation } from "../../mask/significance.ts";
import { sizeOf } from "../../mask/statistics.ts";
import type { Replaced } from "../../program/scoring-model.ts";
import { tick } from "../../pulse.ts";
import { baseWeightsOf, deviceOf, type Places } from "../base.ts";
import { batchesOf, taskFileOf } from "../evaluate.ts";
import { holm, type McNemar, paired, type Sampled, sampled } from "../paired.ts";
import { checkTask, readMask, requireLabels } from "../read.ts";
import { Scorers } from "../scorers.ts";
import { lossesOf as cutsOf, outcomeOf } from "../scoring.ts";
import { scoredUnits, unitsOf } from "../units.ts";
import { type ExampleLosses, largestChange, lossDifference, lossesOf, meanLoss } from "./difference.ts";
import { changeOf, differing, type MaskPart, type Part, partName, partsOf, replacedIn, sizeOfPart } from "./parts.ts";
import { type Change, type Targets, targetsOf } from "./targets.ts";

/** A part by the number or the name of its layer ("D3"). */
export type Wanted = Omit<Part, "layer"> & { readonly layer: number | string | null };

export interface EffectOptions extends Places {
  /** The mask's file. */
  readonly mask: string;
  readonly change: Change;
  /** The mask to swap parts with; only with "swapped". */
  readonly other?: string | undefined;
  /** The task file, if it is not the mask's own. */
  readonly task?: string | undefined;
  readonly split: "validation" | "test";
  readonly device: string;
  /** How long exact values may take, in seconds, after the estimates. */
  readonly seconds: number;
  /** Only these parts, all of them exactly; otherwise all. */
  readonly parts?: readonly Wanted[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The exact change, after minus before, on the same examples. */
export interface Measured {
  /** In nats, the mean over the predictions. */
  readonly loss: Interval;
  readonly metric: Interval;
  /**
   * Examples that only the changed mask (A) or only the mask itself (B) classifies correctly. `pHolm` is corrected for all parts
   * in which a bit changes, measured or not, because the estimates that decide the order come from the same examples. null if
   * the metric is not accuracy or an example has several labels.
   */
  readonly mcnemar: (McNemar & { readonly pHolm: number }) | null;
  /** The largest absolute change of a logit. */
  readonly logits: number;
}

export interface PartEffect extends Part {
  /** "layer 3, head 2" */
  readonly name: string;
  /** The number of the part's weights, and of those whose bit changes. */
  readonly weights: number;
  readonly changed: number;
  /** A first-order estimate of the change of the loss; null if only some parts were asked for. */
  readonly estimate: number | null;
  /** null if there was no time for it. */
  readonly measured: Measured | null;
  /** The part's own z (see `Changed`); null if it is unknown. */
  readonly z: number | null;
}

/**
 * Rank correlations over the parts of one sort that were measured and in which a bit changes, those with the largest estimates;
 * null if undefined.
 */
export interface Correlations {
  readonly parts: number;
  /** Of the estimates with the exact changes of the loss. */
  readonly estimate: Estimate | null;
  /** Of z with the exact changes of the loss. */
  readonly z: Estimate | null;
}

export interface Effects {
  readonly mask: string;
  readonly change: Change;
  readonly other: string | null;
  readonly task: { readonly file: string; readonly name: string; readonly metric: string };
  /** If the mask is a control, the seed that permuted its training labels; otherwise null. */
  readonly permuteLabels: number | null;
  readonly split: "validation" | "test";
  readonly examples: number;
  readonly cut: number;
  readonly unscored: number;
  /** The mask's own loss and metric, which changes are compared with. */
  readonly loss: number;
  readonly metric: number;
  /** The heads in the model's order, then the kinds of each layer. */
  readonly parts: readonly PartEffect[];
  readonly heads: Correlations;
  readonly kinds: Correlations;
  readonly notes: readonly string[];
}

/** A part before its p-value is corrected. */
type Uncorrected = Omit<PartEffect, "measured"> & {
  measured: (Omit<Measured, "mcnemar"> & { readonly mcnemar: McNemar | null }) | null;
};

/** Predictions with one state of the mask. */
interface Scored {
  readonly logits: readonly Float32Array[];
  readonly outcome: Sampled;
  readonly losses: ExampleLosses;
}

/**
 * Measures effects; `told` receives them after the estimates and after each exact value. If the signal fires, what is known by
 * then is the result. Throws an InputError for files that are not masks, a task without labels, an unknown initial mask, unknown
 * parts, and whatever `evaluate` refuses.
 */
export async function effect(
  options: EffectOptions,
  told: (effects: Effects) => void = () => undefined,
): Promise<Effects> {
  const { signal, split, change } = options;
  const mask = await readMask(options.mask, options);
  requireLabels(mask, "effects are");
  const other = options.other === undefined ? undefined : await readMask(options.other, options);
  const weightsOf = needsBase(mask) ? await baseWeightsOf([mask], options) : undefined;
  const targets = targetsOf(mask, change, weightsOf, other);
  const parts = wantedParts(mask, targets, options.parts);
  const task = await readTask(await taskFileOf(mask, options.task === undefined ? {} : { [mask.file]: options.task }));
  const notes = [...task.notes.map((note) => `${note}.`), ...checkTask(mask, task), ...leftOut(mask, targets)];
  const scorers = new Scorers(options, deviceOf(options.device));
  try {
    const { encoded, batches } = batchesOf(mask, await scorers.base(mask), task, split);
    const model = await scorers.under(mask);
    const scored = async (replaced?: Replaced): Promise<Scored | undefined> => {
      const logits: Float32Array[] = [];
      for (const batch of batches) {
        if (signal?.aborted) return undefined;
        logits.push(await model.logits(batch, replaced));
      }
      const units = scoredUnits(unitsOf(task.labels.length, encoded, batches, logits), task.unscored);
      return { logits, outcome: sampled(outcomeOf(task, encoded, batches, logits)), losses: lossesOf(units) };
    };

    const start = performance.now();
    const before = await scored();
    const secondsEach = (performance.now() - start) / 1000;

    // 1. Estimates of all parts, from one backward pass. Parts that are asked for by name are measured anyway.
    const isAll = options.parts === undefined;
    const slopes = new Map(mask.matrices.map(({ name, bits }) => [name, new Float64Array(sizeOf(bits))]));
    for (const batch of isAll ? batches : []) {
      if (signal?.aborted) break;
      for (const [name, values] of await model.saliency(batch)) addTo(slopes.get(name)!, values);
    }
    if (!before || signal?.aborted) throw signal!.reason;
    const predictions = before.losses.counts.reduce((sum, count) => sum + count, 0);
    const z = isAll ? await zOf(mask, weightsOf) : () => null;
    const effects = parts.map((part): Uncorrected => {
      const over = (of: (region: MaskPart["regions"][number]) => number) =>
        part.regions.reduce((sum, region) => sum + of(region), 0);
      const bitsOf = (name: string) => mask.matrices.find((matrix) => matrix.name === name)!.bits;
      return {
        ...{ name: partName(part, mask.metadata.base), layer: part.layer, head: part.head, kind: part.kind },
        weights: sizeOfPart(part),
        changed: over((region) => differing(bitsOf(region.matrix), targets.get(region.matrix)!, region)),
        estimate: isAll
          ? over((region) =>
              changeOf(bitsOf(region.matrix), targets.get(region.matrix)!, region, slopes.get(region.matrix)!),
            ) / predictions
          : null,
        ...{ measured: null, z: z(part) },
      };
    });
    const { examples, cut, unscored } = cutsOf(encoded);
    const result = (): Effects => ({
      ...{ mask: mask.file, change, other: other?.file ?? null, permuteLabels: controlSeed(mask.metadata) },
      ...{ split, examples, cut, unscored },
      task: { file: task.file, name: task.name, metric: task.metric },
      ...{ loss: meanLoss(before.losses), metric: before.outcome.value },
      ...{ parts: corrected(effects), ...correlationsOf(effects), notes },
    });
    const measured = (after: Scored): Uncorrected["measured"] => {
      const { difference, mcnemar } = paired(after.outcome, before.outcome);
      return {
        ...{ loss: lossDifference(after.losses, before.losses), metric: difference, mcnemar },
        logits: largestChange(batches, after.logits, before.logits),
      };
    };

    // 2. Exact values: parts without a change need no time, then the largest estimates come first.
    for (const one of effects) if (!one.changed) one.measured = measured(before);
    told(result());
    const size = (index: number) => Math.abs(effects[index]!.estimate ?? 0);
    const order = [...effects.keys()].filter((index) => effects[index]!.changed).sort((a, b) => size(b) - size(a));
    const began = performance.now();
    for (const [done, index] of order.entries()) {
      const elapsed = (performance.now() - began) / 1000;
      // The next one will take as long as those before it took on average, the first as long as the mask itself.
      const next = done ? elapsed / done : secondsEach;
      if (isAll && elapsed + next > options.seconds) break;
      const after = await scored(replacedBits(mask, targets, parts[index]!));
      if (!after) break;
      effects[index]!.measured = measured(after);
      told(result());
    }
    return result();
  } finally {
    await scorers.release();
  }
}

/** The wanted parts, without those that the targets do not cover. */
function wantedParts(mask: Mask, targets: Targets, wanted: readonly Wanted[] | undefined): MaskPart[] {
  const { base } = mask.metadata;
  const all = partsOf(mask).filter(({ regions }) => regions.every(({ matrix }) => targets.has(matrix)));
  if (!wanted) return all;
  return wanted.map(({ layer: given, head, kind }) => {
    const layer = typeof given === "string" ? layerNamed(given, base) : given;
    const isIt = (one: Part) => one.layer === layer && one.head === head && one.kind === kind;
    const found = all.find(isIt);
    if (found) return found;
    const name = layer === undefined ? `layer ${given}, head ${head}` : partName({ layer, head, kind }, base);
    throw new InputError(
      partsOf(mask).some(isIt)
        ? `${name} cannot be swapped, because the other mask does not mask the same matrices there`
        : `the mask has no part ${name}`,
      { file: mask.file },
      "choose a masked layer and head",
    );
  });
}

function leftOut(mask: Mask, targets: Targets): string[] {
  const names = mask.matrices.flatMap(({ name }) => (targets.has(name) ? [] : [name]));
  if (!names.length) return [];
  return [
    `Parts with matrices that the other mask does not mask, or not with the same shape, are left out: ${names.join(", ")}.`,
  ];
}

function replacedBits({ matrices }: Mask, targets: Targets, { regions }: MaskPart): Replaced {
  const bits = new Map(matrices.map((matrix) => [matrix.name, matrix.bits]));
  return new Map(
    regions.map((region) => [region.matrix, replacedIn(bits.get(region.matrix)!, targets.get(region.matrix)!, region)]),
  );
}

function addTo(sums: Float64Array, values: Float32Array): void {
  for (let i = 0; i < values.length; i++) sums[i]! += values[i]!;
}

/** The z of each part: that of the head over all its matrices, or of the only matrix of its kind in the layer. */
async function zOf(mask: Mask, weightsOf: WeightsOf | undefined): Promise<(part: Part) => number | null> {
  const counts: MatrixCounts[] = [];
  if (unknownBecause(mask, weightsOf) === null)
    for (const matrix of mask.matrices) {
      counts.push(countMatrix(mask, matrix, weightsOf));
      tick();
      await nextTurn(); // a large matrix takes a while, and a cancel must be heard
    }
  const { heads, matrices } = describeCounted(mask, counts, weightsOf);
  return ({ layer, head, kind }) => {
    if (head !== null)
      return heads.find((one) => one.layer === layer && one.head === head && one.kind === kind)?.z ?? null;
    const own = matrices.filter((matrix) => matrix.layer === layer && matrix.kind === kind);
    return own.length === 1 ? own[0]!.z : null;
  };
}

function corrected(effects: readonly Uncorrected[]): PartEffect[] {
  const known = effects.flatMap(({ measured }) => (measured?.mcnemar ? [measured.mcnemar.p] : []));
  // A part that was not measured counts as one in which nothing is found.
  const open = effects.filter(({ measured, changed }) => !measured && changed).map(() => 1);
  const adjusted = holm([...known, ...open]).values();
  return effects.map(({ measured, ...part }) => {
    if (!measured) return { ...part, measured: null };
    const { mcnemar } = measured;
    return {
      ...part,
      measured: { ...measured, mcnemar: mcnemar && { ...mcnemar, pHolm: adjusted.next().value! } },
    };
  });
}

function correlationsOf(effects: readonly Uncorrected[]): Pick<Effects, "heads" | "kinds"> {
  const over = (isHead: boolean): Correlations => {
    const known = effects.flatMap(({ head, changed, measured, estimate, z }) =>
      measured && changed && estimate !== null && (head !== null) === isHead
        ? [{ estimate, z, loss: measured.loss.value }]
        : [],
    );
    const withZ = known.flatMap(({ z, loss }) => (z === null ? [] : [{ z, loss }]));
    return {
      parts: known.length,
      estimate: rankCorrelation(
        known.map(({ estimate }) => estimate),
        known.map(({ loss }) => loss),
      ),
      z: rankCorrelation(
        withZ.map(({ z }) => z),
        withZ.map(({ loss }) => loss),
      ),
    };
  };
  return { heads: over(true), kinds: over(false) };
}
