// The colours of a scale with the numbers at its ends.

import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import * as l10n from "../ui/l10n.ts";
import { useTheme } from "../ui/theme.ts";
import { brightness, css, type Rgb, Z_END, zScale } from "./colours.ts";

interface LegendProps {
  /** The legend is repainted if this is a different array. */
  readonly colours: readonly Rgb[];
  readonly low: string;
  readonly middle?: string;
  readonly high: string;
}

export function Legend({ colours, low, middle, high }: LegendProps) {
  const bar = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const context = bar.current!.getContext("2d", { willReadFrequently: true })!; // its pixels are read when the picture is saved
    for (const [i, colour] of colours.entries()) {
      context.fillStyle = css(colour);
      context.fillRect(i, 0, 1, 1);
    }
  }, [colours]);
  return (
    <div class="legend">
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: it cannot be focused */}
      <canvas ref={bar} class="bar" width={colours.length} height={1} aria-hidden="true" />
      <div class="ends">
        <span>{low}</span>
        <span>{middle}</span>
        <span>{high}</span>
      </div>
    </div>
  );
}

/** The scale of z, from fewer than expected to more. */
export function ZLegend() {
  const theme = useTheme();
  const colours = useMemo(() => zScale(brightness()), [theme]);
  const [low, high] = [l10n.t("−{0} fewer", Z_END), l10n.t("more +{0}", Z_END)];
  return <Legend colours={colours} low={low} middle="z 0" high={high} />;
}
