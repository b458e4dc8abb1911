// Effects of the parts of the mask that Python wrote, for the heatmap page.

import type { MaskDescription } from "../../../src/mask/describe.ts";
import type { EffectState, Effects, Measured, PartEffect } from "../../../src/messages/effect.ts";

const estimate = (value: number) => ({ value, low: value - 0.2, high: value + 0.15 });

function measuredOf(loss: number): Measured {
  return {
    loss: { value: loss, low: loss - 0.01, high: loss + 0.012 },
    metric: { value: -loss / 2, low: -loss / 2 - 0.01, high: -loss / 2 + 0.02 },
    mcnemar: { onlyA: 3, onlyB: 12, p: 0.0352, pHolm: loss > 0.04 ? 0.021 : 0.8 },
    logits: Math.abs(loss) * 3,
  };
}

/** The first `count` parts are measured: heads, then kinds. The first head is dead. */
export function effectsOf({ file, heads, matrices, task }: MaskDescription, count: number): Effects {
  const places = [
    ...heads
      .filter(({ kind }) => kind === "all")
      .map(({ layer, head, z }) => ({ layer, head, kind: "all" as const, z })),
    ...matrices.map(({ layer, kind, z }) => ({ layer, head: null, kind, z })),
  ];
  const parts = places.map((place, i): PartEffect => {
    const loss = i ? 0.09 * Math.sin(2 * i) : 0;
    const measured = i < count ? measuredOf(loss) : null;
    const name = `part ${i}`;
    return { ...place, name, weights: 2048, changed: 1900 - i, estimate: 0.8 * loss + 0.001, measured };
  });
  const correlations = (parts: number) => ({ parts, estimate: parts > 3 ? estimate(0.71) : null, z: null });
  return {
    ...{
      mask: file,
      change: "zeroed",
      other: null,
      permuteLabels: null,
      split: "validation",
      examples: 872,
      cut: 4,
      unscored: 0,
    },
    task: { file: "/t/sentiment.task.json", name: task.name, metric: "accuracy" },
    ...{ loss: 0.4416, metric: 0.835, parts, heads: correlations(count), kinds: correlations(0), notes: [] },
  };
}

export const effectMessage = (state: Partial<EffectState>): unknown => ({
  type: "effect",
  state: { head: null, running: false, effects: null, failed: "", ...state },
});
