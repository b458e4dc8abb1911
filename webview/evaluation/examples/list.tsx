// The list of examples. Only the rows in view are in the page, and only their texts are asked for; the list itself has the
// focus, whatever happens to its rows.

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { visible } from "../../../src/visible.ts";
import * as l10n from "../../ui/l10n.ts";
import { fixed, grouped, percent } from "../../ui/numbers.ts";
import { useStore } from "../../ui/store.ts";
import { chosen, lineKey, type Subject, told, type View, wantLines } from "../state.ts";
import { labelOf, nameOf } from "../words.ts";
import { isRight, wrongIn } from "./filter.ts";
import { textsOf } from "./texts.ts";

/** The height of a row in CSS pixels; theme.css gives rows of such lists this height, too. */
const ROW = 24;
/** Rows beyond the visible ones, so that scrolling shows no gaps. */
const BEYOND = 10;
/** The height of the list in rows. */
const ROWS = 14;
/** The maximum number of characters of a text in the list. */
const LONGEST = 160;

interface ListProps {
  readonly subject: Subject;
  readonly shown: Uint32Array;
}

export function ExampleList({ subject: { view, views }, shown }: ListProps) {
  const active = useStore(chosen, ({ example }) => example);
  const lines = useStore(told, (state) => state.lines);
  const [top, setTop] = useState(0);
  const scroller = useRef<HTMLTableElement>(null);
  const at = active < 0 ? -1 : shown.indexOf(active);
  const first = Math.max(0, Math.min(shown.length, Math.floor(top / ROW) - BEYOND));
  const rows = [...shown.subarray(first, first + ROWS + 2 * BEYOND)];
  const isMissing = rows.some((example) => !lines.has(lineKey(view.index, example)));
  useLayoutEffect(() => wantLines(view.index, rows), [view.index, first, shown, isMissing]);
  useLayoutEffect(() => {
    scroller.current!.scrollTop = at > ROWS ? (at - 2) * ROW : 0;
  }, [shown]);

  const moveTo = (place: number) => {
    const to = Math.max(0, Math.min(shown.length - 1, place));
    const example = shown[to];
    if (example === undefined) return;
    chosen.change({ example });
    reveal(scroller.current!, to);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const to = {
      ArrowUp: Math.max(0, at - 1),
      ArrowDown: at + 1,
      PageUp: at - ROWS + 2,
      PageDown: at + ROWS - 2,
      Home: 0,
      End: shown.length - 1,
    }[event.key];
    if (event.key === "Escape") chosen.change({ example: -1 });
    else if (to === undefined) return;
    else moveTo(to);
    event.preventDefault();
  };
  const grid = {
    ...{ role: "grid" as const, tabIndex: 0, "aria-label": l10n.t("Examples"), "aria-rowcount": shown.length + 1 },
    "aria-activedescendant": rows.includes(active) ? `example-${active}` : undefined,
  };
  const columns = `58px 16ch repeat(${views.length}, 18ch) 15ch 80ch`;
  return (
    <div class="runs-table">
      <table
        ref={scroller}
        class="runs-grid"
        {...grid}
        style={{ maxHeight: `${(ROWS + 1) * ROW}px`, "--columns": columns }}
        onScroll={({ currentTarget }) => setTop(currentTarget.scrollTop)}
        onKeyDown={onKeyDown}
      >
        <thead class="head">
          <tr class="run-line">
            <th scope="col">{l10n.t("loss")}</th>
            <th scope="col">{l10n.t("label")}</th>
            {views.map((one) => (
              <th key={one.adaptation} scope="col" title={nameOf(one)}>
                {nameOf(one)}
              </th>
            ))}
            <th scope="col" class="number">
              {l10n.t("confidence, %")}
            </th>
            <th scope="col">{l10n.t("text")}</th>
          </tr>
        </thead>
        <tbody class="body" style={{ height: `${shown.length * ROW}px` }}>
          {rows.map((example, i) => {
            const line = lines.get(lineKey(view.index, example));
            const text = line ? visible(textsOf(line).join(" · "), LONGEST) : "…";
            const { losses, confidences } = view.examples;
            return (
              <tr
                key={example}
                id={`example-${example}`}
                class={example === active ? "run-line selected active" : "run-line"}
                aria-rowindex={first + i + 2}
                aria-selected={example === active}
                style={{ transform: `translateY(${(first + i) * ROW}px)` }}
                onClick={() => chosen.change({ example })}
              >
                <td>{Number.isNaN(losses[example]) ? "–" : fixed(losses[example]!, 3)}</td>
                <td>{labelsText(view, example)}</td>
                {views.map((one) => (
                  <td key={one.adaptation}>{predictionText(one, example)}</td>
                ))}
                <td class="number">{Number.isNaN(confidences[example]) ? "–" : percent(confidences[example]!)}</td>
                <td>{text}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

const hasMany = ({ task }: View): boolean => task.kind === "tagging" || task.kind === "document";

function labelsText(view: View, example: number): string {
  const { starts, targets } = view.examples;
  const count = starts[example + 1]! - starts[example]!;
  if (!hasMany(view)) return labelOf(view, targets[starts[example]!]!);
  if (view.task.kind === "tagging") return count === 1 ? l10n.t("1 word") : l10n.t("{0} words", grouped(count));
  return count === 1 ? l10n.t("1 sentence") : l10n.t("{0} sentences", grouped(count));
}

/** A mark and the prediction, or how many of the predictions are wrong: the mark is never the only sign. */
function predictionText(view: View, example: number): string {
  const { starts, predictions } = view.examples;
  const mark = isRight(view, example) ? "✓" : "✗";
  if (!hasMany(view)) return `${mark} ${labelOf(view, predictions[starts[example]!]!)}`;
  const wrong = wrongIn(view, example);
  return wrong ? l10n.t("{0} {1} wrong", mark, grouped(wrong)) : l10n.t("{0} all right", mark);
}

/** Scrolls as little as possible. */
function reveal(scroller: HTMLElement, place: number): void {
  const top = place * ROW;
  const room = scroller.clientHeight - ROW; // below the header
  if (top < scroller.scrollTop) scroller.scrollTop = top;
  else if (top + ROW > scroller.scrollTop + room) scroller.scrollTop = top + ROW - room;
}
