// The cells of a study: those that train, those that wait in the order in which they start, and the others.

import { useLayoutEffect, useRef } from "preact/hooks";
import type { CellOverview, Move, StudyLive, StudyOverview } from "../../src/messages/study.ts";
import { announce } from "../ui/announce.tsx";
import { post } from "../ui/host.ts";
import * as l10n from "../ui/l10n.ts";
import { duration, grouped, isShare, metricRange, signOf, valueText } from "../ui/numbers.ts";
import { Heading, Hint } from "../ui/parts.tsx";
import { type Cell, NumbersTable } from "../ui/table.tsx";
import { named } from "../ui/text.ts";

interface Props {
  readonly overview: StudyOverview;
  readonly live: StudyLive | null;
}

/** The maximum number of cells to list. */
const MOST = 500;

const STATES: Readonly<Record<CellOverview["state"], string>> = {
  waiting: l10n.t("not started"),
  running: l10n.t("running in another process"),
  stopped: l10n.t("stopped"),
  failed: l10n.t("failed"),
  done: l10n.t("done"),
};

/** The button that moved a cell last: it keeps the focus at the cell's new place. */
interface Moved {
  readonly cell: number;
  readonly to: Move;
}

export function Cells({ overview, live }: Props) {
  const section = useRef<HTMLElement>(null);
  const moved = useRef<Moved | undefined>(undefined);
  const waiting = live?.where === "here" ? live.waiting : [];
  useLayoutEffect(() => {
    const { cell, to } = moved.current ?? {};
    moved.current = undefined;
    if (cell !== undefined)
      section.current!.querySelector<HTMLElement>(`button[data-cell="${cell}"][data-to="${to}"]`)?.focus();
  }, [waiting.join()]);
  const move = (cell: CellOverview, to: Move) => {
    moved.current = { cell: cell.cell, to };
    post({ type: "move", cell: cell.cell, to });
    announce(MOVED[to](cell.name));
  };
  const cells = inOrder(overview.cells, live);
  const shown = cells.slice(0, MOST);
  const isMovable = waiting.length > 1;
  const areShares = shown.every(({ metric }) => isShare(metric));
  const rows = shown.map((cell) => [
    cell.name,
    ...rowOf(cell, live, areShares),
    ...(isMovable ? MOVES.map((to) => moveCell(cell, to, waiting, move)) : []),
  ]);
  const header = [
    ...[l10n.t("cell"), l10n.t("run"), l10n.t("state"), l10n.t("step")],
    ...(live ? [l10n.t("time left")] : []),
    areShares ? l10n.t("validation, %") : l10n.t("validation"),
    l10n.t("95 % confidence interval"),
    ...(isMovable ? MOVES.map((to) => TITLES[to]) : []),
  ];
  return (
    <section ref={section} class="cells">
      <Heading title={l10n.t("Cells")} aside={isMovable ? l10n.t("waiting cells start in this order") : undefined} />
      <NumbersTable
        caption={l10n.t("Cells")}
        header={header}
        rows={rows}
        onOpen={(row) => post({ type: "cell", cell: shown[row]!.cell })}
        opens={(row) => hasRun(shown[row]!, live)}
      />
      {cells.length > shown.length && (
        <Hint>{l10n.t("And {0} more cells; the run table shows all.", grouped(cells.length - shown.length))}</Hint>
      )}
    </section>
  );
}

/** Cells that train, then those that wait in the order in which they start, then the others. */
function inOrder(cells: readonly CellOverview[], live: StudyLive | null): readonly CellOverview[] {
  if (!live) return cells;
  const first = [...live.running.map(({ cell }) => cell), ...live.waiting];
  const isFirst = new Set(first);
  const byNumber = new Map(cells.map((one) => [one.cell, one]));
  return [...first.flatMap((cell) => byNumber.get(cell) ?? []), ...cells.filter(({ cell }) => !isFirst.has(cell))];
}

/** A cell that has not started has no run to open. */
const hasRun = ({ cell, state }: CellOverview, live: StudyLive | null): boolean =>
  state !== "waiting" || (live?.running.some((one) => one.cell === cell) ?? false);

function rowOf(cell: CellOverview, live: StudyLive | null, areShares: boolean): Cell[] {
  const training = live?.running.find((one) => one.cell === cell.cell);
  const state = training
    ? l10n.t("training")
    : live?.waiting.includes(cell.cell)
      ? l10n.t("waiting")
      : cell.linked
        ? l10n.t("done, linked")
        : STATES[cell.state];
  const text = named(cell.text);
  return [
    cell.error === null || training
      ? text
      : {
          text: `${text}: ${cell.error}`,
          view: (
            <>
              {text}
              <div class="reason">{cell.error}</div>
            </>
          ),
        },
    state,
    training?.transfer ? l10n.t("transfer {0}", stepText(training.transfer)) : stepText(training ?? cell),
    ...(live ? [training?.secondsLeft == null ? "–" : duration(training.secondsLeft)] : []),
    cell.value === null ? "–" : `${valueText(cell.metric, cell.value)}${areShares ? "" : signOf(cell.metric)}`,
    cell.interval ? metricRange(cell.metric, cell.interval) : "–",
  ];
}

function stepText({ step, steps }: { readonly step: number; readonly steps?: number }): string {
  if (steps) return `${grouped(step)}/${grouped(steps)}`;
  return step ? grouped(step) : "–";
}

const MOVES = ["up", "down", "top"] as const satisfies readonly Move[];
const TITLES = { up: l10n.t("up"), down: l10n.t("down"), top: l10n.t("to the top") };
const ARROWS = { up: "↑", down: "↓", top: "⤒" };
const LABELS: Readonly<Record<(typeof MOVES)[number], (name: string) => string>> = {
  up: (name) => l10n.t("Move cell {0} up", name),
  down: (name) => l10n.t("Move cell {0} down", name),
  top: (name) => l10n.t("Move cell {0} to the top", name),
};
const MOVED: Readonly<Record<Move, (name: string) => string>> = {
  up: (name) => l10n.t("Moved cell {0} up", name),
  down: (name) => l10n.t("Moved cell {0} down", name),
  top: (name) => l10n.t("Moved cell {0} to the top", name),
  bottom: (name) => l10n.t("Moved cell {0} to the end", name),
};

/** The button that moves a waiting cell; empty for others. */
function moveCell(
  cell: CellOverview,
  to: (typeof MOVES)[number],
  waiting: readonly number[],
  move: (cell: CellOverview, to: Move) => void,
): Cell {
  if (!waiting.includes(cell.cell)) return "";
  return {
    text: "",
    view: (
      <button
        class="link"
        type="button"
        data-cell={cell.cell}
        data-to={to}
        aria-label={LABELS[to](cell.name)}
        title={LABELS[to](cell.name)}
        onClick={(event) => {
          event.stopPropagation(); // a click on the row opens the run
          move(cell, to);
        }}
      >
        {ARROWS[to]}
      </button>
    ),
  };
}
