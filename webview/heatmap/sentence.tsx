// A mask in one sentence: how much training changed, where most, and which heads deviate.

import type { MaskDescription } from "../../src/mask/describe.ts";
import { rangeOf } from "../draw/effects.ts";
import { placeOf } from "../draw/layers.ts";
import { el } from "../ui/dom.ts";
import { t } from "../ui/host.ts";
import { bytes, fixed, grouped, percent, range } from "../ui/numbers.ts";
import { filled, strong } from "../ui/parts.ts";
import { named } from "../ui/text.ts";
import { keptAtStart, prunedShare } from "./changed.ts";
import { type Ranked, rankedHeads } from "./heads.ts";
import { told } from "./state.ts";

export function subtitle(mask: MaskDescription): string {
  const { base, metrics, task, sparsity, weights, sizes, seeds, permuteLabels } = mask;
  const score = metrics.test?.[task.metric];
  const parts = [
    named(base.id),
    typeof score === "object" ? t("test {0} {1} % ({2})", task.metric, percent(score.value), range(score)) : "",
    t("sparsity {0} %", percent(sparsity)),
    t("{0} bits, {1}", grouped(weights), bytes(sizes.packed)),
    seeds.mask === undefined ? "" : t("mask seed {0}", seeds.mask),
    permuteLabels === null ? "" : t("control: labels permuted with seed {0}", permuteLabels),
  ];
  return parts.filter(Boolean).join(" · ");
}

export function sentence(mask: MaskDescription): (Node | string)[] {
  const { pruned, regrown, unknownBecause, matrices } = mask;
  if (pruned === null || regrown === null) {
    if (!told.described!.complete) return [t("Recomputing the initial mask to see what training changed…")];
    return [
      t(
        "The mask keeps {0} % of its weights. What training changed cannot be shown: {1}.",
        percent(1 - mask.sparsity),
        unknownBecause ?? "",
      ),
    ];
  }
  const kept = matrices.reduce((sum, matrix) => sum + keptAtStart(matrix), 0);
  const most = [...matrices].sort((a, b) => prunedShare(b)! - prunedShare(a)!)[0];
  return [
    ...filled(
      `${t("Training pruned {0} weights ({1} % of those on in the initial mask) and regrew {2}.")} `,
      ...[strong(grouped(pruned)), percent(pruned / kept), strong(grouped(regrown))],
    ),
    ...(most ? [`${t("{0} changed most ({1} % pruned).", placeOf(most), percent(prunedShare(most)!))} `] : []),
    ...headsSentence(mask),
    ...combinedSentence(mask),
  ];
}

/** How many heads a sentence names at most. */
const NAMED = 3;

/** How many heads are marked in each direction, and the clearest of them with their effects. */
function headsSentence(mask: MaskDescription): (Node | string)[] {
  const heads = rankedHeads(mask, "all", false);
  if (!heads.length) return [];
  const marked = heads.filter(({ marked }) => marked);
  if (!marked.length) return [t("None of the {0} attention heads is marked (false discovery rate 5 %).", heads.length)];
  const ways = [
    [marked.filter(({ z }) => z > 0), t("{0} lost more weights than expected given their initial scores ({1})")],
    [marked.filter(({ z }) => z < 0), t("{0} lost fewer ({1})")],
  ] as const;
  const named = (of: readonly Ranked[]) => {
    const names = of.slice(0, NAMED).map(({ layer, head, effect }, i) => {
      const value = fixed(effect?.value, 2);
      return i
        ? t("L{0}H{1}: {2}", layer, head, value)
        : t("L{0}H{1}: {2} times, 95 % {3}", layer, head, value, rangeOf(effect));
    });
    return [...names, ...(of.length > NAMED ? ["…"] : [])].join("; ");
  };
  const parts = ways
    .filter(([of]) => of.length)
    .map(([of, what]) => filled(what, strong(grouped(of.length)), named(of)));
  const counted =
    marked.length === 1
      ? t("1 of {0} attention heads is marked (false discovery rate 5 %):", heads.length)
      : t("{0} of {1} attention heads are marked (false discovery rate 5 %):", marked.length, heads.length);
  return [`${counted} `, ...parts.flatMap((part, i) => (i ? ["; ", ...part] : part)), "."];
}

/** The result of several seeds of the task combined. */
function combinedSentence(mask: MaskDescription): (Node | string)[] {
  const most = rankedHeads(mask, "all", true)[0];
  if (!told.seeds.length || !most?.marked) return [];
  return filled(
    ` ${t("Over {0} seeds of this task combined, {1} deviates most ({2}; {3} of {4} seeds agree).")}`,
    ...[String(told.seeds.length + 1), `L${most.layer}H${most.head}`, strong(`z ${fixed(most.z, 1)}`)],
    ...[String(most.agree), String(most.seeds)],
  );
}

/** Warnings about controls and shared seeds. */
export function warnings({ seeds, permuteLabels }: MaskDescription): Node[] {
  const runs = [seeds.run, ...told.seeds.map(({ runSeed }) => runSeed)].filter((seed) => seed !== undefined);
  const texts = [
    permuteLabels === null
      ? ""
      : t(
          "This is a control, trained on labels permuted with seed {0}: it learned nothing about its task.",
          permuteLabels,
        ),
    new Set(runs).size === runs.length
      ? ""
      : t(
          "Some of the {0} seeds of this task share a run seed, and with it dropout, example order and the frozen classifier, so their agreement is not due to the task alone in any layer. Combine runs with different run seeds.",
          told.seeds.length + 1,
        ),
  ];
  return texts.filter(Boolean).map((text) => el("p", { className: "warning" }, text));
}
