// The examples as a table to save: one row for each example of the filter and adaptation.

import type { ExampleLine } from "../../../src/messages/evaluation.ts";
import type { Table } from "../../draw/exports/exports.tsx";
import type { Row } from "../../draw/exports/save.ts";
import * as l10n from "../../ui/l10n.ts";
import { linesOf, type Subject } from "../state.ts";
import { isRight } from "./filter.ts";
import { shownExamples } from "./shown.ts";
import { textsOf } from "./texts.ts";

/** The maximum number of examples in the table: more do not fit into what a page may save. */
export const MOST_SAVED = 20_000;

/** The lines read for the table last; the table is rendered anew while they are read. */
let lines: readonly ExampleLine[] = [];

export function examplesTable({ views, view }: Subject): Table {
  const names = (units: ArrayLike<number>, from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => {
      const label = units[from + i]!;
      return label < 0 ? "" : view.details.labels[label]!.label;
    }).join(" ");
  return {
    id: "examples",
    title: l10n.t("Examples (as filtered)"),
    complete: async () => {
      lines = await linesOf(view.index, [...shownExamples(view, views).slice(0, MOST_SAVED)]);
    },
    rows: () =>
      lines.flatMap((line) =>
        views.map((own): Row => {
          const { adaptation, examples } = own;
          const { example } = line;
          const [from, to] = [examples.starts[example]!, examples.starts[example + 1]!];
          return {
            ...{ example, adaptation, label: names(examples.targets, from, to) },
            prediction: names(examples.predictions, from, to),
            right: Number(isRight(own, example)),
            ...{ loss: examples.losses[example], confidence: examples.confidences[example] },
            text: textsOf(line).join("\t"),
            ...attributeColumns(line),
          };
        }),
      ),
  };
}

/** A column for each attribute; several values are separated by bars. */
const attributeColumns = ({ attributes = {} }: ExampleLine): Row =>
  Object.fromEntries(Object.entries(attributes).map(([name, values]) => [`attribute.${name}`, values.join("|")]));
