// Options of a run that contradict each other.

import { type Adapters, injectionOf, unevenIn } from "../anatomy/additions.ts";
import type { MatrixKind } from "../kinds.ts";
import type { InitialKind } from "../mask/metadata.ts";
import type { BinarizerName } from "./binarizers.ts";
import type { FixedMask } from "./fixed-mask.ts";
import { impliedSparsity, type TopK } from "./top-k.ts";
import { UNIT_KINDS } from "./units.ts";

/** The options that can contradict others. */
interface Options {
  readonly method: string;
  readonly pattern: string | null;
  readonly batchSize: number;
  readonly maxLength: number;
  readonly units: "weights" | "heads-and-neurons";
  readonly kinds: readonly MatrixKind[] | null;
  readonly classifier: "masked" | "trained";
  readonly labelWords: object | null;
  readonly packed: boolean;
  readonly auxiliary: object | null;
  readonly adapters: Adapters | null;
  readonly targetSparsity: object | null;
  readonly fixedMask: FixedMask | null;
  readonly topK: TopK | null;
  readonly scoreAverage: number;
  readonly scorePenalty: number;
  readonly binarizer: BinarizerName;
  readonly initialMask: InitialKind;
  readonly sparsity: number;
  readonly lengthAdaptor: object | null;
  readonly linearAttention: object | null;
}

export interface Contradiction {
  readonly what: string;
  /** The option that is named as the place of the error. */
  readonly at: keyof Options;
  readonly remedy: string;
}

/**
 * The maximum number of tokens in a batch: 32 examples of 512 tokens have 16,384, and no machine has enough memory for
 * a thousand times as many.
 */
const MOST_TOKENS = 16_777_216;

type Rule = (options: Options) => Contradiction | false | null | undefined;

const onlyForMasks =
  (at: keyof Options, what: string, name: string): Rule =>
  ({ method, [at]: value }) =>
    Boolean(value) && method !== "mask" && { what, at, remedy: `omit ${name}, or use method mask` };

const forUnits =
  (rule: Rule): Rule =>
  (options) =>
    options.units !== "weights" && rule(options);

/** Kinds that units of some models do not span (see `maskedKinds`). */
const NOT_IN_ALL: readonly MatrixKind[] = ["K", "V", "CK", "CV", "G"];

const RULES: readonly Rule[] = [
  ({ batchSize, maxLength }) =>
    batchSize * maxLength > MOST_TOKENS && {
      what: `a batch of ${batchSize} examples with ${maxLength} tokens each exceeds the limit of ${MOST_TOKENS} tokens`,
      at: "batchSize",
      remedy: "use a smaller maximum length, or a smaller batch size with --accumulate",
    },
  ({ pattern, method }) =>
    pattern !== null &&
    method !== "pattern" && {
      what: `method ${method} does not use a pattern`,
      at: "pattern",
      remedy: "omit the pattern, or use method pattern",
    },
  ({ packed, method }) =>
    packed &&
    method !== "mask" &&
    method !== "random-mask" && {
      what: `method ${method} stores no mask that could be packed`,
      at: "packed",
      remedy: "omit packed, or use method mask or random-mask",
    },
  ({ auxiliary, method }) =>
    auxiliary &&
    method !== "mask" &&
    method !== "random-mask" && {
      what: "parameters are trained beside masks only with the methods mask and random-mask",
      at: "auxiliary",
      remedy: "omit the auxiliary parameters, or use method mask",
    },
  ({ adapters }) =>
    adapters?.rank !== undefined &&
    injectionOf(adapters).weights === "full" && {
      what: "full weights of attributes have no rank",
      at: "adapters",
      remedy: "omit the rank, or use weights=low-rank or weights=phm",
    },
  ({ adapters }) => {
    const what = adapters ? unevenIn(adapters) : undefined;
    return what !== undefined && { what, at: "adapters", remedy: `use a rank that divides ${adapters!.size}` };
  },
  ({ fixedMask, method }) =>
    fixedMask &&
    method !== "finetune" && {
      what: "a fixed mask requires method finetune",
      at: "fixedMask",
      remedy: "omit the fixed mask, or use method finetune (for a classifier under a random mask, random-mask)",
    },
  ({ fixedMask }) =>
    fixedMask &&
    (fixedMask.by === "file") !== (fixedMask.file !== undefined) && {
      what:
        fixedMask.by === "file"
          ? "the fixed mask's file is missing"
          : `a mask by ${fixedMask.by} is not read from a file`,
      at: "fixedMask",
      remedy: "write by=file,file=FILE, or by=magnitude,sparsity=…",
    },
  ({ fixedMask }) =>
    fixedMask &&
    (fixedMask.by === "file") === (fixedMask.sparsity !== undefined) && {
      what:
        fixedMask.by === "file" ? "a mask from a file has its own sparsity" : "the fixed mask's sparsity is missing",
      at: "fixedMask",
      remedy: "write by=file,file=FILE, or by=magnitude,sparsity=…",
    },
  onlyForMasks("targetSparsity", "sparsity control requires method mask", "the target sparsity"),
  onlyForMasks("topK", "top-k requires method mask", "top-k"),
  onlyForMasks("scoreAverage", "a running mean of scores requires method mask", "the mean"),
  onlyForMasks("scorePenalty", "a penalty on scores requires method mask", "the penalty"),
  ({ topK, binarizer }) =>
    topK &&
    binarizer !== "threshold" && {
      what: `top-k cannot be combined with the binarizer ${binarizer}`,
      at: "binarizer",
      remedy: "omit the binarizer, or top-k",
    },
  ({ topK, targetSparsity }) =>
    topK &&
    targetSparsity && {
      what: "top-k already determines the sparsity",
      at: "targetSparsity",
      remedy: "omit the target sparsity, or top-k",
    },
  ({ topK, initialMask }) =>
    topK &&
    (initialMask === "uniform" || initialMask === "double-uniform") && {
      what: `top-k cannot start from initial scores of kind ${initialMask}`,
      at: "initialMask",
      remedy: "use constant, magnitude-order or controlled-uniform",
    },
  ({ topK, initialMask }) =>
    topK?.schedule === "cubic" &&
    (initialMask === "magnitude" || initialMask === "magnitude-and-uniform") && {
      what: "magnitudes decide which weights start off, but with the cubic schedule of top-k none does",
      at: "initialMask",
      remedy: "use constant or magnitude-order, or schedule=constant in top-k",
    },
  ({ sparsity, topK, initialMask, method }) => {
    const implied = impliedSparsity(topK, initialMask);
    return (
      method === "mask" &&
      implied !== undefined &&
      sparsity !== implied && {
        what: `the initial masks have sparsity ${implied}${topK ? " with this top-k" : " with constant initial scores"}`,
        at: "sparsity",
        remedy: `omit the sparsity${topK ? "; the share that is kept in the end is given with top-k" : ""}`,
      }
    );
  },
  forUnits(({ method, fixedMask }) => {
    const isPruned = method === "finetune" && fixedMask !== null && fixedMask.by !== "file";
    return (
      method !== "mask" &&
      !isPruned && {
        what:
          fixedMask?.by === "file"
            ? "a mask from a file has its own units"
            : `method ${method} has no scores for units`,
        at: "units",
        remedy: "omit the units, or use method mask, or method finetune with a fixed mask by magnitude or random",
      }
    );
  }),
  forUnits(({ kinds }) => {
    if (!kinds) return null;
    const spans = UNIT_KINDS.filter((span) => span.some((kind) => kinds.includes(kind))).flat();
    const isPart = spans.some((kind) => !kinds.includes(kind) && !NOT_IN_ALL.includes(kind));
    return (
      (isPart || kinds.some((kind) => !spans.some((one) => one === kind))) && {
        what: `heads span Q, K, V and AO together, neurons I and O, and P and T have neither, but the masked kinds are ${kinds.join(", ")}`,
        at: "kinds",
        remedy:
          "use Q,K,V,AO or I,O, or both (with a gate also G, with cross attention also CQ,CK,CV,CAO), or omit the kinds",
      }
    );
  }),
  forUnits(
    ({ method, classifier, labelWords }) =>
      method === "mask" &&
      classifier === "masked" &&
      !labelWords && {
        what: "the classifier has no heads or neurons, so it would be neither masked nor trained",
        at: "classifier",
        remedy: "omit classifier, which is then trained",
      },
  ),
  forUnits(
    ({ targetSparsity }) =>
      targetSparsity && {
        what: "sparsity control counts weights, but the units are heads and neurons",
        at: "targetSparsity",
        remedy: "omit the target sparsity, and use top-k",
      },
  ),
  ({ lengthAdaptor, linearAttention }) =>
    lengthAdaptor &&
    linearAttention && {
      what: "linear attention is trained on the tokens of texts, but the length adaptor reads frames",
      at: "linearAttention",
      remedy: "omit linear attention, or the length adaptor",
    },
  ({ initialMask, method, binarizer }) =>
    initialMask === "constant" &&
    (method !== "mask" || binarizer === "bernoulli") && {
      what: `initial scores cannot be constant with ${method === "mask" ? `the binarizer ${binarizer}` : `method ${method}`}`,
      at: "initialMask",
      remedy: "choose another distribution of the initial scores",
    },
];

/** The first contradiction among the options. */
export function contradictionIn(options: Options): Contradiction | undefined {
  for (const rule of RULES) {
    const found = rule(options);
    if (found) return found;
  }
  return undefined;
}
