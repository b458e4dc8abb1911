// The table as text: tab-separated as shown, CSV with unrounded numbers, and Markdown.

import type { RunRow } from "../../src/messages.ts";
import { markdownTable } from "../draw/exports/markdown.ts";
import type { Row } from "../draw/exports/save.ts";
import { plainValue } from "../ui/plain-values.ts";
import type { Column } from "./columns.ts";

/** A cell as it is shown, without its interval. */
const textsOf = (columns: readonly Column[], row: RunRow): string[] => columns.map(({ textOf }) => textOf(row));

/** Tab-separated, for spreadsheets: numbers as shown, without their formatting. */
export function tsvOf(columns: readonly Column[], rows: readonly RunRow[]): string {
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => textsOf(columns, row).map(plainValue))];
  return lines.map((line) => `${line.map((text) => text.replace(/\s+/g, " ")).join("\t")}\n`).join("");
}

/** One row per run, numbers unrounded and as fractions; options that are the same in all runs included. */
export function csvRows(rows: readonly RunRow[]): Row[] {
  const names = [...new Set(rows.flatMap(({ options }) => Object.keys(options)))];
  return rows.map((row) => {
    const { run, name, state, metric, validation, test, sparsity, step, steps, seconds, time, options } = row;
    const option = (key: string): [string, Row[string]] => {
      const value = Object.hasOwn(options, key) ? options[key]! : null;
      return [`option_${key}`, typeof value === "boolean" ? String(value) : value];
    };
    return {
      ...{ run, name, state, metric, validation: validation?.value, validationLow: validation?.low },
      ...{ validationHigh: validation?.high, test: test?.value, testLow: test?.low, testHigh: test?.high },
      ...{ sparsity, steps: step, plannedSteps: steps, seconds },
      started: time === null ? null : new Date(time).toISOString(),
      ...Object.fromEntries(names.map(option)),
    };
  });
}

/** A Markdown table, numbers as shown. */
export function markdownOf(columns: readonly Column[], rows: readonly RunRow[]): string {
  const titles = columns.map(({ title }) => title);
  return markdownTable(
    titles,
    rows.map((row) => textsOf(columns, row)),
    (column) => columns[column]!.isNumber,
  );
}
