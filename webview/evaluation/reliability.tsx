// A reliability diagram: accuracy over confidence, a point for each bin; the pointer or arrow keys move between bins.

import { Fragment } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { Bin } from "../../src/messages/evaluation.ts";
import { ticks } from "../draw/axes.ts";
import type { DetailStore } from "../draw/detail.tsx";
import { EDGE, SIZE, Square } from "../draw/square.tsx";
import * as l10n from "../ui/l10n.ts";
import { fixed } from "../ui/numbers.ts";

interface Point {
  readonly bin: Bin;
  readonly text: string;
}

interface ReliabilityProps {
  readonly label: string;
  /** In ascending order of confidence. */
  readonly points: readonly Point[];
  readonly detail: DetailStore;
}

/** Left and right move between bins, Home and End to the first and the last; Escape leaves them. */
export function Reliability({ label, points, detail }: ReliabilityProps) {
  const [at, setAt] = useState(-1);
  const scale = useMemo(() => scaleOf(points), [points]);
  const go = (place: number) => {
    setAt(place);
    const point = points[place];
    if (point) detail.say({ key: `bin ${place}`, text: point.text });
    else detail.change({ said: undefined });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const last = points.length - 1;
    const to = { ArrowLeft: Math.max(0, at - 1), ArrowRight: Math.min(last, at + 1), Home: 0, End: last, Escape: -1 }[
      event.key
    ];
    if (to === undefined) return;
    event.preventDefault();
    go(to);
  };
  const onPoint = (x: number) => {
    const distance = (place: number) => Math.abs(scale.x(points[place]!.bin.confidence) - x);
    const nearest = [...points.keys()].reduce((best, place) => (distance(place) < distance(best) ? place : best), 0);
    if (nearest !== at) go(nearest);
  };
  const pointed = points[at]?.bin;
  const ring = pointed && { x: scale.x(pointed.confidence), y: scale.y(pointed.accuracy.value) };
  return (
    <Square {...{ label, ring, onKeyDown, onPoint }} look="reliability">
      <Drawing points={points} scale={scale} />
    </Square>
  );
}

interface Scale {
  /** The lowest confidence or accuracy on the axes, which end at 1. */
  readonly low: number;
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

/** Both axes are the same, so that the diagonal is where accuracy equals confidence. */
function scaleOf(points: readonly Point[]): Scale {
  const least = Math.min(
    ...points.flatMap(({ bin: { confidence, accuracy } }) => [confidence, accuracy.low ?? accuracy.value]),
  );
  const low = Math.max(0, Math.min(0.9, Math.floor(10 * least) / 10));
  const inner = SIZE - EDGE.low - EDGE.high;
  const x = (value: number) => EDGE.low + ((value - low) / (1 - low)) * inner;
  return { low, x, y: (value) => SIZE - EDGE.low - (x(value) - EDGE.low) };
}

function Drawing({ points, scale: { low, x, y } }: { readonly points: readonly Point[]; readonly scale: Scale }) {
  const middle = (x(low) + x(1)) / 2;
  return (
    <>
      {ticks(low, 1, 4)
        .filter((tick) => tick >= low && tick <= 1)
        .map((tick) => (
          <Fragment key={tick}>
            <line class="axis" x1={x(tick)} x2={x(tick)} y1={y(1)} y2={y(low)} />
            <line class="axis" x1={x(low)} x2={x(1)} y1={y(tick)} y2={y(tick)} />
            <text x={x(tick)} y={y(low) + 15} text-anchor="middle">
              {fixed(100 * tick, 0)}
            </text>
            <text x={x(low) - 6} y={y(tick) + 4} text-anchor="end">
              {fixed(100 * tick, 0)}
            </text>
          </Fragment>
        ))}
      <line class="axis diagonal" x1={x(low)} y1={y(low)} x2={x(1)} y2={y(1)} />
      <text x={middle} y={SIZE - 10} text-anchor="middle">
        {l10n.t("mean confidence, %")}
      </text>
      <text x={12} y={SIZE - middle} text-anchor="middle" transform={`rotate(-90 12 ${SIZE - middle})`}>
        {l10n.t("accuracy, %")}
      </text>
      {points.map(({ bin: { confidence, accuracy } }, i) => (
        <Fragment key={i}>
          {accuracy.low !== null && accuracy.high !== null && (
            <line
              class="interval"
              stroke="var(--vscode-charts-blue, var(--vscode-focusBorder))"
              x1={x(confidence)}
              x2={x(confidence)}
              y1={y(accuracy.low)}
              y2={y(accuracy.high)}
            />
          )}
          <circle class="dot" cx={x(confidence)} cy={y(accuracy.value)} r={3.5} />
        </Fragment>
      ))}
    </>
  );
}
