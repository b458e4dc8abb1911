// Defines the examples of each task kind, and builds them from the cells of a table.

import type { LabelMetric, Metric, TextMetric } from "../metric.ts";
import type { Attributes } from "./attributes/values.ts";
import type { Columns, Fields, Message } from "./fields.ts";
import type { Frames } from "./frames/read.ts";

export interface SentenceExample {
  /** The text or, with frames, the path of their file as the data file has it. */
  readonly text: string;
  readonly label: number;
  /** In the order of the task's attributes; absent if it has none. */
  readonly attributes?: Attributes;
  readonly frames?: Frames;
}

export interface PairExample extends SentenceExample {
  readonly textPair: string;
}

/** The words of a sentence, with one tag each. */
export interface TaggedExample {
  readonly words: readonly string[];
  readonly tags: readonly number[];
}

/** A text and its possible continuations; the label is the index of the correct continuation. */
export interface ChoiceExample extends SentenceExample {
  readonly choices: readonly string[];
}

/** The sentences of a document, with one label each. */
export interface DocumentExample {
  readonly sentences: readonly string[];
  readonly labels: readonly number[];
}

/** A text of which each token is predicted from those before it. */
export interface LanguageExample {
  readonly text: string;
}

/** A text to generate, and what it is generated from: a text or, for the tokenizer's chat template, a conversation. */
export interface GenerationExample {
  readonly source: string | readonly Message[];
  readonly target: string;
  /** Features that are the source; `source` is then the path of their file as the data file has it. */
  readonly frames?: Frames;
  /** All texts that are as good as the target, which is the first of them; absent if there is no other. */
  readonly references?: readonly string[];
}

export interface ExampleOf {
  sentence: SentenceExample;
  pair: PairExample;
  tagging: TaggedExample;
  choice: ChoiceExample;
  document: DocumentExample;
  language: LanguageExample;
  generation: GenerationExample;
}

export type TaskKind = keyof ExampleOf;
export type Example = ExampleOf[TaskKind];
/** The kinds whose examples have labels; the others are about text to generate. */
export type LabelledKind = Exclude<TaskKind, "language" | "generation">;
export type LabelledExample = ExampleOf[LabelledKind];

/** Where the source goes in the prompt of a generation task. */
export const SOURCE = "{source}";

/** The number of continuations in each example of a choice task. */
export const CHOICES = 4;

interface Kind<R extends Example, M extends Metric> {
  /** The default column of each field. */
  readonly columns: Columns;
  /** Other sets of fields that make up an example; a task file that names a column of such a set uses that set. */
  readonly alternatives?: readonly Columns[];
  /** The field that contains the label, or the list of labels; undefined if nothing is labelled. */
  readonly labels: string | undefined;
  /** What each label belongs to. */
  readonly unit: "example" | "word" | "sentence";
  /** The first one is the default. */
  readonly metrics: readonly M[];
  /** Whether each label is a class that must be learned from training examples. */
  readonly classes: boolean;
  row(fields: Fields): R;
}

/** The fields of a graph and the texts that say the same; only the texts if they are to be restored from damaged ones. */
export const GRAPHS = { graph: "graph", texts: "texts" } as const;

const CLASS_METRICS: LabelMetric[] = ["accuracy", "f1", "macroF1", "matthews"];

export const KINDS: {
  readonly [K in TaskKind]: Kind<ExampleOf[K], K extends LabelledKind ? LabelMetric : TextMetric>;
} = {
  sentence: {
    columns: { text: "text", label: "label" },
    alternatives: [{ frames: "frames", label: "label" }],
    labels: "label",
    unit: "example",
    metrics: CLASS_METRICS,
    classes: true,
    row: (fields) => ({ text: fields.text(fields.has("frames") ? "frames" : "text"), label: fields.label("label") }),
  },
  pair: {
    columns: { text: "text", textPair: "textPair", label: "label" },
    labels: "label",
    unit: "example",
    metrics: CLASS_METRICS,
    classes: true,
    row: (fields) => ({
      text: fields.text("text"),
      textPair: fields.text("textPair"),
      label: fields.label("label"),
    }),
  },
  tagging: {
    columns: { words: "words", tags: "tags" },
    labels: "tags",
    unit: "word",
    metrics: ["accuracy", "macroF1", "entityF1"],
    classes: false,
    row: (fields) => ({ words: fields.texts("words"), tags: fields.labels("tags", "words") }),
  },
  choice: {
    columns: { text: "text", choices: ["choice0", "choice1", "choice2", "choice3"], label: "label" },
    labels: "label",
    unit: "example",
    metrics: ["accuracy"],
    classes: false,
    row: (fields) => ({
      text: fields.text("text"),
      choices: fields.columnsOf("choices").map((column) => fields.textIn(column)),
      label: fields.label("label"),
    }),
  },
  document: {
    columns: { sentences: "sentences", labels: "labels" },
    labels: "labels",
    unit: "sentence",
    metrics: CLASS_METRICS,
    classes: true,
    row: (fields) => ({ sentences: fields.texts("sentences"), labels: fields.labels("labels", "sentences") }),
  },
  language: {
    columns: { text: "text" },
    labels: undefined,
    unit: "example",
    metrics: ["perplexity", "bitsPerByte"],
    classes: false,
    row: (fields) => ({ text: fields.text("text") }),
  },
  generation: {
    columns: { source: "source", target: "target" },
    alternatives: [
      { prompt: "prompt", response: "response" },
      { messages: "messages" },
      { frames: "frames", target: "target" },
      GRAPHS,
    ],
    labels: undefined,
    unit: "example",
    // Perplexity is the default because it needs no generation, so that it costs no more than a training step.
    metrics: ["perplexity", "bleu", "chrf", "exactMatch"],
    classes: false,
    row: (fields) => {
      if (fields.has("messages")) return fields.conversation("messages");
      if (fields.has("frames")) return { source: fields.text("frames"), target: fields.text("target") };
      if (fields.has("texts")) {
        const references = fields.references("texts");
        const own = { target: references[0]!, ...(references.length > 1 && { references }) };
        return { source: fields.has("graph") ? fields.graph("graph") : "", ...own };
      }
      if (fields.has("source")) return { source: fields.text("source"), target: fields.text("target") };
      return { source: [{ role: "user", content: fields.text("prompt") }], target: fields.text("response") };
    },
  },
};

/** How a model reads an example: an encoder–decoder reads a source, and its decoder the text that follows from it. */
export type Architecture = "encoder" | "decoder" | "encoder-decoder";

/** The architectures of the models that can learn a task of this kind. */
export function architecturesFor(kind: TaskKind): readonly Architecture[] {
  if (kind === "language") return ["decoder"];
  return kind === "generation" ? ["decoder", "encoder-decoder"] : ["encoder", "decoder"];
}

/** Whether a classifier reads a single vector of each text, so that it may read the mean of all tokens. */
export const isPooled = (kind: TaskKind): boolean => kind === "sentence" || kind === "pair" || kind === "choice";

export const isLabelled = (kind: TaskKind): kind is LabelledKind => KINDS[kind].labels !== undefined;
