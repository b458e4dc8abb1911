// New Task…: asks step by step, with defaults guessed from the data file, and writes a NAME.task.json.

import { writeFile } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { fits, NAME, parseDescription } from "../../data/description.ts";
import { KINDS, type TaskKind } from "../../data/examples.ts";
import type { Column, Columns } from "../../data/fields.ts";
import { FORMAT_OF_ENDING, formatOfEnding } from "../../data/formats.ts";
import { askInSteps, type Choice, choose, chooseFile, chooseSeveral, enter, type Step } from "../ui/choose.ts";
import type { Command } from "../ui/command.ts";
import { Refusal } from "../ui/log.ts";
import {
  attributeColumns,
  attributesJson,
  type Detected,
  type DetectedColumn,
  guessColumns,
  separatorIn,
} from "./columns.ts";
import { askDataThread } from "./thread/data-service.ts";

type Answers = Record<string, unknown>;

/** JSON, XML and text files are not suggested because most are not data; users can still pick them. */
const ENDINGS = Object.keys(FORMAT_OF_ENDING)
  .map((ending) => ending.slice(1))
  .filter((ending) => ending !== "json" && ending !== "txt" && ending !== "xml");
const DATA = `**/*.{${ENDINGS.flatMap((ending) => [ending, `${ending}.gz`]).join(",")}}`;

/** Descriptions of the kinds of task. */
const kindWords = (): Record<TaskKind, string> => ({
  sentence: vscode.l10n.t("one text per row, with a label"),
  pair: vscode.l10n.t("two texts per row, with one label"),
  tagging: vscode.l10n.t("a sentence's words, with a tag for each"),
  choice: vscode.l10n.t("a text with four continuations, one of them correct"),
  document: vscode.l10n.t("a document's sentences, with a label for each"),
  language: vscode.l10n.t("a text, of which each token is predicted from those before it"),
  generation: vscode.l10n.t("a source, and the text to generate from it"),
});

const fieldWords = (): Readonly<Record<string, string>> => ({
  text: vscode.l10n.t("Text column"),
  textPair: vscode.l10n.t("Second text column"),
  label: vscode.l10n.t("Label column"),
  words: vscode.l10n.t("Words column"),
  tags: vscode.l10n.t("Tags column"),
  sentences: vscode.l10n.t("Sentences column"),
  labels: vscode.l10n.t("Labels column"),
  source: vscode.l10n.t("Source column"),
  target: vscode.l10n.t("Target column"),
  prompt: vscode.l10n.t("Prompt column"),
  response: vscode.l10n.t("Response column"),
  graph: vscode.l10n.t("Graph column"),
  texts: vscode.l10n.t("Column of the texts that say what the graph says"),
});

/** Fractions of the training examples to hold out; `files`: the splits have their own files. */
const splits = () => [
  {
    value: "0.1",
    label: vscode.l10n.t("10 % / 10 %"),
    description: vscode.l10n.t("held out for validation and for test"),
  },
  {
    value: "0.2",
    label: vscode.l10n.t("20 % / 20 %"),
    description: vscode.l10n.t("held out for validation and for test"),
  },
  { value: "files", label: vscode.l10n.t("Separate files"), description: vscode.l10n.t("for validation and for test") },
];

export const newTaskCommand: Command = (given) => newTask(given instanceof vscode.Uri ? given.fsPath : undefined);

/** Asks, writes the task file next to the data, and opens it. `given`: the data file. */
async function newTask(given?: string): Promise<void> {
  let detected: Detected | undefined;
  let looked: string | undefined;
  const look = async (file: string) => {
    if (looked === file) return;
    detected = await askDataThread("detect", { file });
    looked = file;
  };
  const steps = (answers: Answers): Step[] => {
    const file = answers.train as string | undefined;
    const kind = answers.kind as TaskKind | undefined;
    const fields = kind ? Object.keys(guessColumns(detected!, kind)) : ["text", "label"];
    const others = kind
      ? attributeColumns(
          detected!,
          kind,
          fields.map((field) => answers[`column.${field}`]),
        )
      : [];
    return [
      ...(given ? [] : [{ key: "train", ask: (at: At) => chooseData(at, vscode.l10n.t("Training data file")) }]),
      {
        key: "kind",
        async ask(at) {
          await look(file!);
          const kinds = (Object.keys(KINDS) as TaskKind[]).filter((kind) => fits(kind, detected!.format));
          const choices = kinds.map((value) => ({ value, label: value, description: kindWords()[value] }));
          const header = detected!.header ? vscode.l10n.t("with a header row") : vscode.l10n.t("without a header row");
          const placeholder = vscode.l10n.t("{0}, {1}: what does a row contain?", detected!.format, header);
          return choose(choices, { ...at, placeholder }, answers.kind ?? detected!.kind);
        },
      },
      ...fields
        .filter((field) => field !== "choices" && field !== "messages")
        .map((field): Step => {
          return {
            key: `column.${field}`,
            ask: (at) => {
              const guessed = guessColumns(detected!, kind!)[field] as Column;
              const placeholder = fieldWords()[field]!;
              return choose(
                detected!.columns.map(columnChoice),
                { ...at, placeholder },
                answers[`column.${field}`] ?? guessed,
              );
            },
          };
        }),
      ...(others.length
        ? [
            {
              key: "attributes",
              ask: (at: At) =>
                chooseSeveral(
                  others.map((column) => ({ ...columnChoice(column), ...severalWords(column), value: column })),
                  {
                    ...at,
                    placeholder: vscode.l10n.t("Columns of attributes for adapters, such as the author; or none"),
                  },
                  0,
                ),
            },
          ]
        : []),
      {
        key: "metric",
        ask: (at) =>
          choose(
            KINDS[kind!].metrics.map((value) => ({ value, label: value })),
            { ...at, placeholder: vscode.l10n.t("Metric for choosing the best step") },
            answers.metric,
          ),
      },
      {
        key: "split",
        ask: (at) =>
          choose(
            splits(),
            {
              ...at,
              placeholder: vscode.l10n.t(
                "Validation examples (to choose the best step) and test examples (for the final evaluation)",
              ),
            },
            answers.split,
          ),
      },
      ...(answers.split === "files"
        ? [
            { key: "validation", ask: (at: At) => chooseData(at, vscode.l10n.t("Validation data file")) },
            { key: "test", ask: (at: At) => chooseData(at, vscode.l10n.t("Test data file")) },
          ]
        : []),
      {
        key: "name",
        ask: (at) =>
          enter(
            { ...at, placeholder: vscode.l10n.t("Task name; NAME.task.json is written next to the data") },
            (answers.name as string | undefined) ?? nameOf(file!),
            (text) => (NAME.test(text) ? undefined : vscode.l10n.t("Use letters, digits, spaces, and . _ -")),
          ),
      },
    ];
  };
  const answers = await askInSteps(vscode.l10n.t("New Task"), steps, given ? { train: given } : {});
  if (!answers) return;
  const kind = answers.kind as TaskKind;
  const guessed = guessColumns(detected!, kind);
  const columns = Object.fromEntries(
    Object.entries(guessed).map(([field, column]) => [field, answers[`column.${field}`] ?? column]),
  ) as Columns;
  const file = path.join(path.dirname(answers.train as string), `${answers.name}.task.json`);
  const json = taskJson(file, answers, columns, detected!);
  parseDescription(json, file);
  await writeFile(file, `${JSON.stringify(json, null, 2)}\n`, { flag: "wx" }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "EEXIST") throw cause;
    throw new Refusal(vscode.l10n.t("{0} already exists. Choose another task name.", file), { cause });
  });
  await vscode.window.showTextDocument(vscode.Uri.file(file), { preview: false });
}

type At = Parameters<Step["ask"]>[0];

/** The task file's content, without values that its reader would use by default. */
function taskJson(file: string, answers: Answers, columns: Columns, { format, encoding, separator }: Detected): object {
  const relative = (data: unknown) =>
    path
      .relative(path.dirname(file), data as string)
      .split(path.sep)
      .join("/");
  const { train, validation, test, split } = answers;
  const attributes = (answers.attributes ?? []) as readonly DetectedColumn[];
  const known = formatOfEnding(train as string) === format;
  const share = Number(split);
  return {
    name: answers.name,
    kind: answers.kind,
    metric: answers.metric,
    files: {
      train: relative(train),
      ...(split === "files" && { validation: relative(validation), test: relative(test) }),
    },
    ...(split !== "files" && { split: { validation: share, test: share, seed: 1 } }),
    ...(!known && { format }),
    ...(separator !== undefined && { separator }),
    ...(encoding !== "utf-8" && { encoding }),
    columns,
    ...(attributes.length && { attributes: attributesJson(attributes) }),
  };
}

/** Says of an attribute's column that its cells have several values. */
function severalWords(column: DetectedColumn): { description?: string } {
  const separator = separatorIn(column);
  if (separator !== undefined) return { description: vscode.l10n.t("several values, separated by {0}", separator) };
  return column.lists ? { description: vscode.l10n.t("several values") } : {};
}

function columnChoice({ column, samples }: DetectedColumn): Choice<unknown> {
  const label = typeof column === "number" ? vscode.l10n.t("column {0}", column) : column;
  const detail = samples.map((sample) => (sample.length > 60 ? `${sample.slice(0, 60)}…` : sample)).join(" · ");
  return { label, detail, value: column };
}

async function chooseData(at: At, placeholder: string) {
  const found = await vscode.workspace.findFiles(DATA, "**/{node_modules,.git,.venv,masks}/**", 500);
  return chooseFile(found.map(({ fsPath }) => fsPath).sort(), { ...at, placeholder });
}

/** "data/sst2/train.tsv" → "sst2": files are often named after their split. */
function nameOf(file: string): string {
  const { name, dir } = path.parse(file.replace(/\.gz$/i, ""));
  return /^(train|training|data|all)$/i.test(name) ? path.basename(dir) : name;
}
