// Validates messages from pages: a page may post only its own types of message; all others are ignored. Independent of vscode.

import path from "node:path";
import type { GenerationChoice } from "../../adaptation/generation/answer.ts";
import { ADAPTATION_ENDING, fileNameOf } from "../../file-name.ts";
import type { Change, HeadPlace } from "../../messages/effect.ts";
import type { Move, StudyAct } from "../../messages/study.ts";
import type { AttributeValues } from "../../messages/try.ts";
import type { FromPage, RunAct } from "../../messages.ts";

/** The types of message that each page may post. */
const HEARD = {
  heatmap: [
    "ready",
    "matrix",
    "weight",
    "details",
    "places",
    "measure",
    "stopMeasuring",
    "attention",
    "stopAttention",
    "copy",
    "save",
    "figures",
    "follow",
  ],
  diff: ["ready", "matrix", "weights", "relate", "copy", "save", "figures", "follow"],
  run: ["ready", "command", "copy", "save", "figures", "follow"],
  runs: ["ready", "curves", "act", "copy", "save"],
  study: ["ready", "study", "move", "cell", "atOnce", "copy", "follow"],
  try: ["ready", "ask", "load", "generate", "stopGenerating", "explain", "enough", "copy", "save"],
  evaluation: ["ready", "evaluate", "lines", "search", "tryText", "copy", "save", "figures"],
} as const satisfies Readonly<Record<string, readonly FromPage["type"][]>>;

export type PageName = keyof typeof HEARD;
/** A message that a page may post. */
export type Heard<P extends PageName> = FromPage & { readonly type: (typeof HEARD)[P][number] };

/** The maximum size of a file that a page may save, in bytes: a picture of a large screen takes a few megabytes. */
const LARGEST_SAVED = 50e6;
/** The maximum length of a path and of a tensor's or task's name, in characters. */
const LONGEST_NAME = 5000;
/** The maximum length of a text to predict, in characters, and the maximum number of texts in one request. */
const LONGEST_TEXT = 1e6;
const MOST_TEXTS = 10_000;
/** The maximum number of attributes, and of values of one. */
const MOST_ATTRIBUTES = 100;
const MOST_VALUES = 1000;
/** Limits of the settings of generation. */
const MOST_TOKENS = 1e6;
const MOST_BEAMS = 256;
const LARGEST_SEED = 2 ** 32 - 1;
const MOST_STOPS = 100;
/** The maximum number of masks shown or loaded together. */
const MOST_MASKS = 200;
/** The maximum number of runs in a table. */
const MOST_RUNS = 5000;
/** The maximum number of examples whose texts a page asks for at once. */
const MOST_EXAMPLES = 1000;
/** The longest time for measuring effects, in seconds: a week. */
const LONGEST_MEASURING = 604_800;
const ACTS: readonly unknown[] = ["run", "heatmap", "diff", "evaluate"] satisfies RunAct[];

const STUDY_ACTS: readonly unknown[] = [
  ...(["run", "slurm", "check", "pause", "resume", "stop", "table", "report", "edit"] satisfies StudyAct[]),
];
const MOVES: readonly unknown[] = ["up", "down", "top", "bottom"] satisfies Move[];
/** The maximum number of cells that are trained at a time. */
const MOST_AT_ONCE = 1000;

const SAVED = /^(.*)\.(png|svg|csv|jsonl)$/s;

type Fields = Readonly<Record<string, unknown>>;

const isText = (value: unknown, most = LONGEST_NAME): value is string =>
  typeof value === "string" && value.length <= most;
const isIndex = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const areTexts = (value: unknown, most: number, longest = LONGEST_NAME): value is readonly string[] =>
  Array.isArray(value) && value.length <= most && [...value].every((one) => isText(one, longest)); // `every` alone skips holes
const areIndices = (value: unknown, most: number): value is readonly number[] =>
  Array.isArray(value) && value.length <= most && [...value].every(isIndex); // `every` alone skips holes
const areMasks = (value: unknown): value is readonly number[] => areIndices(value, MOST_MASKS);
const areFiles = (value: unknown, ending: RegExp): value is readonly string[] =>
  areTexts(value, MOST_MASKS) && value.every((file) => path.isAbsolute(file) && ending.test(file));

const areRuns = (value: unknown): value is readonly string[] =>
  areTexts(value, MOST_RUNS) && value.every((run) => path.isAbsolute(run));

const isChange = (value: unknown): value is Change => value === "restored" || value === "zeroed" || value === "swapped";
const isBudget = (value: unknown): value is number =>
  typeof value === "number" && value >= 0 && value <= LONGEST_MEASURING;
const headIn = (value: unknown): HeadPlace | null | undefined => {
  if (typeof value !== "object" || value === null) return value === null ? null : undefined;
  const { layer, head, kind } = value as Fields;
  return isIndex(layer) && isIndex(head) && (kind === "all" || kind === "cross") ? { layer, head, kind } : undefined;
};

/** A setting of generation, or null where the model's own is to stay. */
const isNumberOrNull = (value: unknown, least: number, most: number): value is number | null =>
  value === null || (typeof value === "number" && value >= least && value <= most);
const isCountOrNull = (value: unknown, least: number, most: number): value is number | null =>
  isNumberOrNull(value, least, most) && (value === null || Number.isInteger(value));
const choiceIn = (value: unknown): GenerationChoice | undefined => {
  if (typeof value !== "object" || value === null) return undefined;
  const { newTokens, beams, lengthPenalty, temperature, topK, topP, seed, stops } = value as Fields;
  return isCountOrNull(newTokens, 1, MOST_TOKENS) &&
    isCountOrNull(beams, 1, MOST_BEAMS) &&
    isNumberOrNull(lengthPenalty, -100, 100) &&
    isNumberOrNull(temperature, 0, 1000) &&
    isCountOrNull(topK, 0, MOST_TOKENS) &&
    isNumberOrNull(topP, Number.MIN_VALUE, 1) &&
    isCountOrNull(seed, 0, LARGEST_SEED) &&
    (stops === null || (areTexts(stops, MOST_STOPS) && !stops.includes("")))
    ? { newTokens, beams, lengthPenalty, temperature, topK, topP, seed, stops }
    : undefined;
};

const attributesIn = (value: unknown): AttributeValues | undefined => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value);
  const fits = entries.length <= MOST_ATTRIBUTES && entries.every(([name]) => isText(name));
  return fits && entries.every(([, values]) => areTexts(values, MOST_VALUES)) ? Object.fromEntries(entries) : undefined;
};

const isObjectJson = (value: unknown): value is string => {
  if (!isText(value, LARGEST_SAVED)) return false;
  try {
    const read: unknown = JSON.parse(value);
    return typeof read === "object" && read !== null && !Array.isArray(read);
  } catch {
    return false;
  }
};

/** For each type of message, a function that reads its fields from an object; it returns undefined if they are invalid. */
const READ: { readonly [T in FromPage["type"]]: (fields: Fields) => Omit<FromPage & { type: T }, "type"> | undefined } =
  {
    ready: () => ({}),
    details: () => ({}),
    follow: () => ({}),
    matrix: ({ name }) => (isText(name) ? { name } : undefined),
    weight: ({ name, row, column }) =>
      isText(name) && isIndex(row) && isIndex(column) ? { name, row, column } : undefined,
    weights: ({ name, row, column, masks }) =>
      isText(name) && isIndex(row) && isIndex(column) && areMasks(masks) ? { name, row, column, masks } : undefined,
    copy: ({ text }) => (isText(text, LARGEST_SAVED) ? { text } : undefined),
    places: () => ({}),
    measure({ change, seconds, head: given }) {
      const head = headIn(given);
      return isChange(change) && isBudget(seconds) && head !== undefined ? { change, seconds, head } : undefined;
    },
    stopMeasuring: () => ({}),
    attention: () => ({}),
    stopAttention: () => ({}),
    save({ name, data, metadata }) {
      const [, stem] = (isText(name) && SAVED.exec(name)) || [];
      const fits = stem !== undefined && stem === fileNameOf(stem) && data instanceof Uint8Array;
      if (!fits || data.length > LARGEST_SAVED) return undefined;
      if (metadata === undefined) return { name: name as string, data };
      return isObjectJson(metadata) ? { name: name as string, data, metadata } : undefined;
    },
    figures: ({ colours }) =>
      colours === "theme" || colours === "light" || colours === "dark" ? { colours } : undefined,
    command: ({ command }) =>
      command === "stop" || command === "resume" || command === "heatmap" ? { command } : undefined,
    curves: ({ runs }) => (areRuns(runs) ? { runs } : undefined),
    act: ({ act, runs }) => (ACTS.includes(act) && areRuns(runs) ? { act: act as RunAct, runs } : undefined),
    study: ({ act }) => (STUDY_ACTS.includes(act) ? { act: act as StudyAct } : undefined),
    move: ({ cell, to }) => (isIndex(cell) && MOVES.includes(to) ? { cell, to: to as Move } : undefined),
    cell: ({ cell }) => (isIndex(cell) ? { cell } : undefined),
    atOnce: ({ count }) => (isIndex(count) && count >= 1 && count <= MOST_AT_ONCE ? { count } : undefined),
    relate: ({ tasks, related }) =>
      areTexts(tasks, MOST_MASKS) && tasks.length > 1 && typeof related === "boolean" ? { tasks, related } : undefined,
    load: ({ adaptations }) => (areFiles(adaptations, ADAPTATION_ENDING) ? { adaptations } : undefined),
    ask({ request, texts, attributes: given }) {
      const attributes = attributesIn(given);
      return isIndex(request) && areTexts(texts, MOST_TEXTS, LONGEST_TEXT) && attributes
        ? { request, texts, attributes }
        : undefined;
    },
    generate({ request, texts, choice: given }) {
      const choice = choiceIn(given);
      return isIndex(request) && areTexts(texts, MOST_TEXTS, LONGEST_TEXT) && choice
        ? { request, texts, choice }
        : undefined;
    },
    stopGenerating: () => ({}),
    explain({ request, adaptation, text, attributes: given, label, deletion }) {
      const attributes = attributesIn(given);
      return isIndex(request) &&
        areFiles([adaptation], ADAPTATION_ENDING) &&
        isText(text, LONGEST_TEXT) &&
        attributes &&
        isText(label) &&
        typeof deletion === "boolean"
        ? { request, adaptation: adaptation as string, text, attributes, label, deletion }
        : undefined;
    },
    enough: ({ request }) => (isIndex(request) ? { request } : undefined),
    evaluate: ({ split }) => (split === "validation" || split === "test" ? { split } : undefined),
    lines: ({ request, adaptation, examples }) =>
      isIndex(request) && isIndex(adaptation) && areIndices(examples, MOST_EXAMPLES)
        ? { request, adaptation, examples }
        : undefined,
    search: ({ request, adaptation, text }) =>
      isIndex(request) && isIndex(adaptation) && isText(text) ? { request, adaptation, text } : undefined,
    tryText({ text, attributes: given, adaptations }) {
      const attributes = attributesIn(given);
      return isText(text, LONGEST_TEXT) && attributes && areMasks(adaptations)
        ? { text, attributes, adaptations }
        : undefined;
    },
  };

/** The message that `page` posted; undefined if it is invalid. */
export function messageOfPage<P extends PageName>(page: P, value: unknown): Heard<P> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const { type } = value as Fields;
  const known = (HEARD[page] as readonly unknown[]).includes(type) ? (type as FromPage["type"]) : undefined;
  const message = known && READ[known](value as Fields);
  return message && ({ type: known, ...message } as Heard<P>);
}

/** A text to try under these masks; the two texts of a pair are separated by a tab. */
export interface TextToTry {
  readonly adaptations: readonly string[];
  readonly text: string;
  /** The values of its attributes; absent: those that are chosen on the page stay. */
  readonly attributes?: AttributeValues;
}

/** The argument of the command masklens.tryText; undefined if it is none. */
export function textToTry(given: unknown): TextToTry | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  const { adaptations, text, attributes: values } = given as Fields;
  if (!areFiles(adaptations, ADAPTATION_ENDING) || !adaptations.length || !isText(text, LONGEST_TEXT)) return undefined;
  if (values === undefined) return { adaptations, text };
  const attributes = attributesIn(values);
  return attributes && { adaptations, text, attributes };
}

/** A page's saved state as an object. The state may be of any type, and is null if the page saved nothing. */
function fieldsOf(state: unknown): Fields {
  return typeof state === "object" && state !== null ? (state as Fields) : {};
}

/** The masks that a diff page saved before a reload; undefined if it saved none. */
export function keptMasks(state: unknown): readonly string[] | undefined {
  const { files } = fieldsOf(state);
  return areFiles(files, /\.mask\.safetensors$/) && files.length > 1 ? files : undefined;
}

/** The run folder that a run page saved before a reload; undefined if it saved none. */
export function keptFolder(state: unknown): string | undefined {
  const { folder } = fieldsOf(state);
  return isText(folder) && path.isAbsolute(folder) ? folder : undefined;
}

/** The study whose table of runs was open before a reload; null: the table of all runs; undefined: neither. */
export function keptTable(state: unknown): string | null | undefined {
  const { table, study } = fieldsOf(state);
  if (table === "all") return null;
  return isText(study) && path.isAbsolute(study) ? study : undefined;
}

/** The adaptations whose evaluation was open before a reload; undefined if the page saved none. */
export function keptEvaluation(state: unknown): readonly string[] | undefined {
  const { evaluated } = fieldsOf(state);
  return areFiles(evaluated, ADAPTATION_ENDING) && evaluated.length > 0 ? evaluated : undefined;
}
