// The columns of the table of runs.

import type { RunRow, RunState } from "../../src/messages.ts";
import * as l10n from "../ui/l10n.ts";
import { duration, grouped, isShare, metricName, metricRange, percent, signOf, valueText } from "../ui/numbers.ts";
import { named } from "../ui/text.ts";
import { learn } from "../ui/words.ts";
import type { Value } from "./filter.ts";

export interface Column {
  /** Its name in the filter and in saved tables, which is not translated. */
  readonly id: string;
  readonly title: string;
  /** What its values are. */
  readonly meaning: string;
  readonly isNumber: boolean;
  readonly valueIn: (row: RunRow) => Value;
  /** A cell's text, and less important text after it. */
  readonly textOf: (row: RunRow) => string;
  readonly asideOf?: (row: RunRow) => string;
}

export const STATES: Readonly<Record<RunState, string>> = {
  unstarted: l10n.t("not started"),
  running: l10n.t("training"),
  elsewhere: l10n.t("training in another process"),
  stopped: l10n.t("stopped"),
  unfinished: l10n.t("interrupted"),
  failed: l10n.t("failed"),
  done: l10n.t("done"),
};

const NONE = "–";
const optionOf = (name: string) => (row: RunRow) => (Object.hasOwn(row.options, name) ? row.options[name]! : null);
const optionValue =
  (name: string) =>
  (row: RunRow): Value => {
    const value = optionOf(name)(row);
    return typeof value === "boolean" ? String(value) : value;
  };
const plain = (value: Value): string => (value === null ? NONE : String(value));

const RESULTS = {
  validation: {
    shares: l10n.t("validation, %"),
    others: l10n.t("validation"),
    meaning: l10n.t(
      "the metric at the best step so far, on the validation examples, with its 95 % confidence interval",
    ),
  },
  test: {
    shares: l10n.t("test, %"),
    others: l10n.t("test"),
    meaning: l10n.t("the metric at the best step, on the test examples, with its 95 % confidence interval"),
  },
};

/** A metric with its 95 % interval. The header says "%" if all runs have shares; otherwise each value has its sign or name. */
function metricColumn(id: "validation" | "test", areShares: boolean): Column {
  const { shares, others, meaning } = RESULTS[id];
  return {
    ...{ id, title: areShares ? shares : others, meaning, isNumber: true },
    valueIn: (row) => row[id]?.value ?? null,
    textOf: ({ metric, [id]: found }) => {
      if (!found) return NONE;
      const text = valueText(metric, found.value, 2);
      if (isShare(metric)) return areShares ? text : `${text}${signOf(metric)}`;
      return `${text} ${named(metricName(metric!))}`;
    },
    asideOf: ({ metric, [id]: found }) =>
      found && found.low !== null && found.high !== null ? metricRange(metric, found) : "",
  };
}

const NAME: Column = {
  ...{ id: "name", title: l10n.t("name"), meaning: l10n.t("the name of the run's folder"), isNumber: false },
  valueIn: ({ name }) => name,
  textOf: ({ name }) => name,
};

const optionColumn = (
  name: string,
  title = name,
  meaning = l10n.t("an option of the run, as in its run.json"),
): Column => ({
  ...{ id: name, title, meaning },
  isNumber: false,
  valueIn: optionValue(name),
  textOf: (row) => plain(optionValue(name)(row)),
});

const FIRST: readonly Column[] = [
  optionColumn("task", l10n.t("task"), l10n.t("the name of the task's file")),
  optionColumn("method", l10n.t("method"), l10n.t("what is trained: a mask, or weights (finetune, pattern)")),
  { ...optionColumn("seed", l10n.t("seed"), l10n.t("the seed of the run's random numbers")), isNumber: true },
  {
    ...{ id: "state", title: l10n.t("state"), meaning: l10n.t("how far the run has come"), isNumber: false },
    valueIn: ({ state }) => STATES[state],
    textOf: ({ state, step, steps }) =>
      state === "done" || !steps ? STATES[state] : `${STATES[state]} · ${grouped(step)}/${grouped(steps)}`,
  },
  {
    ...{ id: "metric", title: l10n.t("metric"), isNumber: false },
    meaning: l10n.t("the task's metric, which chooses the best step"),
    valueIn: ({ metric }) => metric,
    textOf: ({ metric }) => (metric === null ? NONE : metricName(metric)),
  },
];

const LAST: readonly Column[] = [
  {
    ...{ id: "sparsity", title: l10n.t("sparsity, %"), isNumber: true },
    meaning: l10n.t("share of the masked weights that are off at the best step"),
    valueIn: ({ sparsity }) => sparsity,
    textOf: ({ sparsity }) => (sparsity === null ? NONE : percent(sparsity, 2)),
  },
  {
    ...{ id: "trained", title: l10n.t("trained, %"), isNumber: true },
    meaning: l10n.t(
      "parameters that the run trains, in percent of the model's; a mask trains one score for each masked weight",
    ),
    valueIn: ({ trained }) => trained,
    textOf: ({ trained }) => (trained === null ? NONE : percent(trained, 2)),
  },
  {
    ...{ id: "steps", title: l10n.t("steps"), meaning: l10n.t("training steps that are done"), isNumber: true },
    valueIn: ({ step, state }) => (state === "unstarted" ? null : step),
    textOf: ({ step, state }) => (state === "unstarted" ? NONE : grouped(step)),
  },
  {
    ...{ id: "seconds", title: l10n.t("duration"), isNumber: true },
    meaning: l10n.t("time spent on training and evaluation; known once the run is done"),
    valueIn: ({ seconds }) => seconds,
    textOf: ({ seconds }) => (seconds === null ? NONE : duration(seconds)),
  },
  optionColumn("device", l10n.t("device"), l10n.t("the device that the options ask for")),
  {
    ...{ id: "date", title: l10n.t("date"), isNumber: true },
    meaning: l10n.t("when the run first started; if unknown, when its files were last written"),
    valueIn: ({ time }) => time,
    textOf: ({ time }) => (time === null ? NONE : dateText(time)),
  },
];

/** The columns that every table has. */
const fixedColumns = (areShares: boolean): Column[] => [
  ...FIRST,
  ...(["validation", "test"] as const).map((id) => metricColumn(id, areShares)),
  ...LAST,
];

learn(...[true, false].flatMap(fixedColumns).map(({ title, meaning }) => [title, meaning] as const));

/** Options with a column of their own, and columns that are no options. */
const OWN = new Set(["task", "method", "seed", "device"]);
const TAKEN = new Set([NAME, ...fixedColumns(true)].flatMap(({ id }) => (OWN.has(id) ? [] : id)));

/** All columns: the name, the options that differ among these runs, then everything else. */
export function columnsOf(rows: readonly RunRow[]): Column[] {
  const options = differing(rows).map((name) => {
    const column = columnOf(name);
    const values = rows.map(column.valueIn).filter((value) => value !== null);
    return { ...column, isNumber: values.length > 0 && values.every((value) => typeof value === "number") };
  });
  return [NAME, ...options, ...fixedColumns(rows.every(({ metric }) => isShare(metric)))];
}

/** The initial sparsity is an option, too; its column must not be mistaken for that of the result. */
function columnOf(name: string): Column {
  const id = TAKEN.has(name) ? `option_${name}` : name;
  const title = name === "sparsity" ? l10n.t("initial sparsity") : name;
  return { ...optionColumn(name, title), id };
}

/**
 * The options that differ among these runs and have no column of their own, in the order of run.json. The seed of the
 * initial scores is left out where it is the seed of the run.
 */
export function differing(rows: readonly RunRow[]): string[] {
  const known = rows.filter(({ options }) => Object.keys(options).length > 0);
  const names = new Set(known.flatMap(({ options }) => Object.keys(options)));
  return [...names].filter((name) => {
    if (OWN.has(name)) return false;
    if (name === "maskSeed" && known.every(({ options }) => options.maskSeed === options.seed)) return false;
    const first = optionOf(name)(known[0]!);
    return known.some((row) => optionOf(name)(row) !== first);
  });
}

const two = (value: number) => String(value).padStart(2, "0");

/** "2026-11-29 14:05", in local time: it sorts as it reads. */
export function dateText(time: number): string {
  const date = new Date(time);
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
