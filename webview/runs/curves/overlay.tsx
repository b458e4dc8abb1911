// The curves of the selected runs over each other: loss, metric, sparsity and flips.

import { useCallback, useEffect, useMemo } from "preact/hooks";
import type { RunCurves } from "../../../src/messages.ts";
import { post } from "../../ui/host.ts";
import * as l10n from "../../ui/l10n.ts";
import { duration, grouped, isShare } from "../../ui/numbers.ts";
import { Hint } from "../../ui/parts.tsx";
import { Store, useStore } from "../../ui/store.ts";
import { named } from "../../ui/text.ts";
import { useTheme } from "../../ui/theme.ts";
import { useHidden } from "../../ui/toggles.tsx";
import { Button } from "../../ui/toolkit.tsx";
import { groupName } from "../group-words.ts";
import { slotsFor } from "../selection.ts";
import type { Shown } from "../shown.ts";
import { chosen, pointed, told } from "../state.ts";
import { CurveChart, type View } from "./curve-chart.tsx";
import { OverlayExports } from "./exports.tsx";
import { endOf, type Line, linesOfGroups, linesOfRuns, QUANTITIES } from "./lines.ts";
import { nearestIndex } from "./numbers.ts";
import { MANY, type Measure } from "./paint.ts";
import { lookOf } from "./palette.ts";
import { type Range, within } from "./range.ts";
import { Values } from "./values.tsx";

/** The maximum number of runs in the overlay. */
export const MOST_DRAWN = 50;

/** The runs that the overlay draws: the selected ones, or else the first ones of the table. */
function drawnRuns({ rows }: Shown, selected: readonly string[]): Shown["rows"] {
  const some = rows.filter(({ run }) => selected.includes(run));
  return (some.length ? some : rows).slice(0, MOST_DRAWN);
}

/** The keys of the lines, which have looks of their own: groups, or runs. */
export function useSlots(shown: Shown): ReadonlyMap<string, number> {
  const selected = useStore(chosen, (state) => state.selected);
  return useMemo(() => {
    const runs = drawnRuns(shown, selected);
    const keys = shown.groups.length
      ? shown.groups.filter(({ rows }) => rows.some((row) => runs.includes(row))).map(({ key }) => key)
      : runs.map(({ run }) => run);
    return slotsFor(keys);
  }, [shown, selected]);
}

interface OverlayProps {
  readonly shown: Shown;
  readonly slots: ReadonlyMap<string, number>;
}

export function Overlay({ shown, slots }: OverlayProps) {
  const { selected, smoothing, axis, log } = useStore(chosen, (state) => state);
  const curves = useStore(told, (state) => state.curves);
  const theme = useTheme();
  const [hidden, hide] = useHidden("curves");
  const runs = useMemo(() => drawnRuns(shown, selected), [shown, selected]);
  useRequest(runs.map(({ run }) => run));
  const all = useMemo(() => {
    const options = { smoothing, axis };
    const look = (key: string) => lookOf(slots.get(key) ?? 0);
    if (!shown.groups.length) return linesOfRuns(runs, curves, options, look);
    const groups = shown.groups.flatMap((group) => {
      const rows = group.rows.filter((row) => runs.includes(row));
      return rows.length ? [{ ...group, rows }] : [];
    });
    return linesOfGroups(groups, curves, options, look, groupName);
  }, [shown, runs, curves, slots, smoothing, axis, theme]);
  const lines = useMemo(() => all.filter(({ key }) => !hidden.includes(key)), [all, hidden]);
  const end = endOf(all) || 1;
  const whole = useMemo(() => ({ from: 0, to: end }), [end]);
  const view = useView(whole);
  const onRest = useCallback(() => {
    const { range } = view.state;
    chosen.change({ range: range.from === whole.from && range.to === whole.to ? null : range });
  }, [view, whole]);
  const onStep = useCallback((by: number) => moveCursor(by, lines, view.state.range), [lines, view]);
  const areShares = runs.every(({ metric }) => isShare(metric));
  const measures = useMeasures(log, areShares);
  const which = whichRuns(shown, runs.length, shown.rows.filter(({ run }) => selected.includes(run)).length);
  const notes = [
    ...(axis === "time" ? timeNotes(curves, runs) : []),
    ...(shown.groups.length
      ? [
          l10n.t(
            "Lines are means over the runs of a group; bands are one sample standard deviation (n − 1) to either side, not confidence intervals.",
          ),
        ]
      : []),
    ...averagedNotes(curves, runs),
  ];
  const common = { lines, view, whole, axis: X_AXES[axis], onRest, onStep };
  return (
    <section class="overlay" aria-label={l10n.t("Curves")}>
      <div class="heading-row">
        <h2>{which}</h2>
        <Controls view={view} whole={whole} />
      </div>
      <div class="overlays figure">
        {QUANTITIES.map((quantity) => (
          <CurveChart
            key={quantity}
            title={TITLES[quantity]()}
            aside={
              quantity === "metric"
                ? metricAside(areShares, shown.groups.length > 0 || lines.length > MANY)
                : asideOf(quantity, smoothing, shown.groups.length > 0 || lines.length > MANY)
            }
            measure={measures[quantity]}
            {...common}
          />
        ))}
      </div>
      <Hint>
        {notes.map((note) => `${note} `)}
        {l10n.t(
          "Ctrl+wheel or +/− zooms, drag or Shift+arrow keys pan, 0 or a double click fits. Arrow keys move the cursor.",
        )}
      </Hint>
      <Values lines={all} hidden={hidden} onHide={hide} axis={axis} areShares={areShares} />
      <OverlayExports shown={shown} runs={runs} notes={[which, ...notes]} />
    </section>
  );
}

const X_AXES = {
  step: { label: (x: number) => (Number.isInteger(x) ? grouped(x) : ""), isTime: false },
  time: { label: (x: number) => duration(x).replace(/ 0 (s|min)$/, ""), isTime: true },
};

const TITLES = {
  loss: () => l10n.t("Loss"),
  metric: () => l10n.t("Metric"),
  sparsity: () => l10n.t("Sparsity"),
  flips: () => l10n.t("Flips"),
};

/** `isPlain`: neither values before smoothing nor intervals are drawn. */
function metricAside(areShares: boolean, isPlain: boolean): string {
  if (!areShares)
    return isPlain
      ? l10n.t("on validation examples")
      : l10n.t("on validation examples; up to three runs with 95 % confidence intervals");
  return isPlain
    ? l10n.t("on validation examples, %")
    : l10n.t("on validation examples, %; up to three runs with 95 % confidence intervals");
}

function asideOf(quantity: Exclude<keyof typeof TITLES, "metric">, smoothing: number, isPlain: boolean): string {
  if (quantity === "sparsity") return l10n.t("% of the masked weights that are off, at each step");
  if (quantity === "flips")
    return l10n.t(
      "weights that switched on or off since the previous evaluation, per step and per 1,000 masked weights",
    );
  if (!smoothing) return l10n.t("per step");
  return isPlain
    ? l10n.t("per step, each run smoothed by {0}", smoothing)
    : l10n.t("per step, smoothed by {0}; faint: not smoothed", smoothing);
}

/** Which runs are drawn. */
function whichRuns({ rows }: Shown, drawn: number, selected: number): string {
  if (!selected && rows.length > drawn)
    return l10n.t("The first {0} runs of the table (select runs to draw others)", drawn);
  if (!selected)
    return drawn === 1
      ? l10n.t("1 run (none is selected)")
      : l10n.t("All {0} runs of the table (none is selected)", drawn);
  if (drawn === MOST_DRAWN && selected > drawn) return l10n.t("The first {0} of {1} selected runs", drawn, selected);
  return drawn === 1 ? l10n.t("1 selected run") : l10n.t("{0} selected runs", drawn);
}

function timeNotes(curves: ReadonlyMap<string, RunCurves>, runs: Shown["rows"]): string[] {
  const said = l10n.t("Time includes evaluations, and leaves out the time during which a run was stopped.");
  const untimed = runs.filter(({ run }) => {
    const loss = curves.get(run)?.loss;
    return loss?.steps.length && !loss.seconds;
  });
  if (!untimed.length) return [said];
  const names = untimed.map(({ name }) => named(name)).join(", ");
  return [said, l10n.t("Not drawn, because their logs are from a version that did not record times: {0}.", names)];
}

function averagedNotes(curves: ReadonlyMap<string, { readonly every: number }>, runs: Shown["rows"]): string[] {
  const most = runs.reduce((all, { run }) => Math.max(all, curves.get(run)?.every ?? 1), 1);
  return most > 1
    ? [l10n.t("In long runs, each point of loss and sparsity is the mean of up to {0} consecutive steps.", most)]
    : [];
}

function useMeasures(log: boolean, areShares: boolean): Readonly<Record<keyof typeof TITLES, Measure>> {
  return useMemo(
    () => ({
      loss: { quantity: "loss", scale: 1, isLog: log },
      metric: { quantity: "metric", scale: areShares ? 100 : 1, isLog: false },
      sparsity: { quantity: "sparsity", scale: 100, isLog: false },
      flips: { quantity: "flips", scale: 1000, isLog: log },
    }),
    [log, areShares],
  );
}

/** Asks for the curves of these runs, once per change. */
function useRequest(runs: readonly string[]): void {
  const wanted = runs.join("\n");
  useEffect(() => {
    post({ type: "curves", runs: wanted ? wanted.split("\n") : [] });
  }, [wanted]);
}

/** The visible range; it keeps fitting all points while a run trains, unless the user has zoomed. */
function useView(whole: Range): View {
  const view = useMemo(() => new Store({ range: within(chosen.state.range, whole) }), []);
  useEffect(() => {
    view.change({ range: within(chosen.state.range, whole) });
  }, [whole]);
  return view;
}

/** Moves the cursor to the next x of any line in this direction. */
function moveCursor(by: number, lines: readonly Line[], { from, to }: Range): void {
  const { x } = pointed.state;
  const candidates = lines.flatMap(({ of }) =>
    QUANTITIES.flatMap((quantity) => {
      const xs = of[quantity]?.x;
      if (!xs?.length) return [];
      if (x === undefined) return [by > 0 ? xs[0]! : xs[xs.length - 1]!];
      const near = nearestIndex(xs, x);
      return [xs[near - 1], xs[near], xs[near + 1]].flatMap((one) => (one === undefined ? [] : [one]));
    }),
  );
  const beyond = candidates.filter((one) => (x === undefined || (one - x) * by > 0) && one >= from && one <= to);
  if (!beyond.length) return;
  pointed.change({ x: beyond.reduce((a, b) => (Math.abs(b - (x ?? b)) < Math.abs(a - (x ?? a)) ? b : a)) });
}

function Controls({ view, whole }: { readonly view: View; readonly whole: Range }) {
  const { smoothing, axis, log } = useStore(chosen, (state) => state);
  return (
    <div class="choosers overlay-choosers">
      <label class="slider">
        {l10n.t("Smoothing")}
        <input
          type="range"
          min={0}
          max={0.99}
          step={0.01}
          value={smoothing}
          onInput={({ currentTarget }) => chosen.change({ smoothing: Number(currentTarget.value) })}
        />
        <output>{smoothing.toFixed(2)}</output>
      </label>
      <label>
        <input
          type="checkbox"
          checked={axis === "time"}
          onChange={({ currentTarget }) => {
            chosen.change({ axis: currentTarget.checked ? "time" : "step", range: null });
            pointed.change({ x: undefined });
          }}
        />
        {l10n.t("Time axis")}
      </label>
      <label>
        <input
          type="checkbox"
          checked={log}
          onChange={({ currentTarget }) => chosen.change({ log: currentTarget.checked })}
        />
        {l10n.t("Log scale (loss, flips)")}
      </label>
      <Button
        text={l10n.t("Fit")}
        onClick={() => {
          view.change({ range: whole });
          chosen.change({ range: null });
        }}
      />
    </div>
  );
}
