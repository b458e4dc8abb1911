// The legend of the overlay: a row per line, which shows or hides it, with its values at the cursor.

import * as l10n from "../../ui/l10n.ts";
import { duration, fixed, grouped, percent } from "../../ui/numbers.ts";
import { useStore } from "../../ui/store.ts";
import { named } from "../../ui/text.ts";
import { Every, toggled } from "../../ui/toggles.tsx";
import { pointed } from "../state.ts";
import { type Drawn, type Line, QUANTITIES, type Quantity } from "./lines.ts";
import { nearestIndex } from "./numbers.ts";
import type { Look } from "./palette.ts";

interface ValuesProps {
  readonly lines: readonly Line[];
  readonly hidden: readonly string[];
  readonly onHide: (hidden: readonly string[]) => void;
  readonly axis: "step" | "time";
  /** Whether the metrics of all runs are shares, which are shown in percent. */
  readonly areShares: boolean;
}

const TEXTS: Readonly<Record<Quantity, (value: number, areShares: boolean) => string>> = {
  loss: (value) => fixed(value, 4),
  metric: (value, areShares) => (areShares ? percent(value, 2) : fixed(value, 4)),
  sparsity: (value) => percent(value, 2),
  flips: (value) => fixed(1000 * value, 3),
};

const HEADERS: Readonly<Record<Quantity, (areShares: boolean) => string>> = {
  loss: () => l10n.t("loss"),
  metric: (areShares) => (areShares ? l10n.t("metric, %") : l10n.t("metric")),
  sparsity: () => l10n.t("sparsity, %"),
  flips: () => l10n.t("flips, ‰"),
};

export function Values({ lines, hidden, onHide, axis, areShares }: ValuesProps) {
  const x = useStore(pointed, (state) => state.x);
  if (!lines.length) return null;
  const isGrouped = lines.some(({ of }) => QUANTITIES.some((quantity) => of[quantity]?.n));
  return (
    <div class="values figure">
      <div class="heading-row">
        <h3>{titleOf(x, axis)}</h3>
        <div class="choosers">
          <Every names={lines.map(({ key }) => key)} onHide={onHide} />
        </div>
      </div>
      <div class="scroll">
        <table class="numbers" aria-label={l10n.t("Values of the lines")}>
          <thead>
            <tr>
              <th scope="col">{isGrouped ? l10n.t("group") : l10n.t("run")}</th>
              {QUANTITIES.map((quantity) => (
                <th key={quantity} scope="col">
                  {HEADERS[quantity](areShares)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lines.map(({ key, name, look, of }) => (
              <tr key={key}>
                <td>
                  <button
                    class="toggle"
                    type="button"
                    aria-pressed={!hidden.includes(key)}
                    title={name}
                    onClick={() => onHide(toggled(hidden, key))}
                  >
                    <Swatch look={look} isHidden={hidden.includes(key)} />
                    <span class="name">{named(name)}</span>
                  </button>
                </td>
                {QUANTITIES.map((quantity) => (
                  <td key={quantity}>{textAt(of[quantity], x, (value) => TEXTS[quantity](value, areShares))}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

export function Swatch({
  look: { colour, dash },
  isHidden = false,
}: {
  readonly look: Look;
  readonly isHidden?: boolean;
}) {
  return (
    <svg class="line-swatch" width="18" height="10" viewBox="0 0 18 10" aria-hidden="true">
      <line
        x1="0"
        x2="18"
        y1="5"
        y2="5"
        stroke={colour}
        stroke-width={isHidden ? 1 : 3}
        stroke-opacity={isHidden ? 0.4 : 1}
        stroke-dasharray={dash.join(" ")}
      />
    </svg>
  );
}

function titleOf(x: number | undefined, axis: "step" | "time"): string {
  if (x === undefined) return l10n.t("Last values");
  return axis === "step"
    ? l10n.t("Values nearest to step {0}", grouped(x))
    : l10n.t("Values nearest to {0} of training", duration(x));
}

/** The value of the point nearest to the cursor, of the last one without a cursor; "–" beyond the ends of the line. */
function textAt(drawn: Drawn | null, x: number | undefined, textOf: (value: number) => string): string {
  if (!drawn?.x.length) return "–";
  const { x: xs, y, low, n } = drawn;
  const last = xs.length - 1;
  const step = last > 0 ? (xs[last]! - xs[0]!) / last : 0;
  if (x !== undefined && (x > xs[last]! + step || x < xs[0]! - step)) return "–";
  const i = x === undefined ? last : nearestIndex(xs, x);
  const text = textOf(y[i]!);
  return n && low && n[i]! > 1 ? l10n.t("{0} ± {1} (n {2})", text, textOf(y[i]! - low[i]!), n[i]!) : text;
}
