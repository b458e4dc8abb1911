// A mask in a sentence: how much training changed, where it changed most, and which heads deviate.

import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { isGrouped } from "../../src/anatomy/heads.ts";
import type { MaskDescription } from "../../src/mask/describe.ts";
import type { SeedView } from "../../src/messages.ts";
import { rangeOf } from "../draw/effects.ts";
import { layerTitle, placeOf } from "../draw/layers.ts";
import * as l10n from "../ui/l10n.ts";
import { bytes, fixed, grouped, metricName, metricRange, percent, signOf, valueText } from "../ui/numbers.ts";
import { filled } from "../ui/parts.tsx";
import { useStore } from "../ui/store.ts";
import { named } from "../ui/text.ts";
import { nameAmongViews, type Ranked, rankedHeads } from "./heads.ts";
import { keptAtStart, prunedShare } from "./shares.ts";
import { type Described, told } from "./state.ts";

export function subtitle(mask: MaskDescription): string {
  const { base, metrics, task, sparsity, weights, sizes, seeds, permuteLabels } = mask;
  const score = metrics.test?.[task.metric];
  const parts = [
    named(base.id),
    typeof score === "object"
      ? l10n.t(
          "test {0} {1} (95 % confidence interval {2})",
          ...[metricName(task.metric), `${valueText(task.metric, score.value)}${signOf(task.metric)}`],
          `${metricRange(task.metric, score)}${signOf(task.metric)}`,
        )
      : "",
    l10n.t("sparsity {0} %", percent(sparsity)),
    l10n.t("{0} bits, {1}", grouped(weights), bytes(sizes.packed)),
    seeds.mask === undefined ? "" : l10n.t("mask seed {0}", seeds.mask),
    permuteLabels === null ? "" : l10n.t("control: labels permuted with seed {0}", permuteLabels),
  ];
  return parts.filter(Boolean).join(" · ");
}

export function Sentence({ subject }: { readonly subject: Described }) {
  const seeds = useStore(told, (state) => state.seeds);
  const words = useMemo(() => sentence(subject, seeds), [subject, seeds]);
  return <p class="sentence">{words}</p>;
}

function sentence({ complete, description: mask }: Described, seeds: readonly SeedView[]): ComponentChildren[] {
  const { pruned, regrown, unknownBecause, matrices } = mask;
  if (pruned === null || regrown === null) {
    if (!complete) return [l10n.t("Recomputing the initial mask to see what training changed…")];
    return [
      l10n.t(
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
      `${l10n.t("Training pruned {0} weights ({1} % of those on in the initial mask) and regrew {2}.")} `,
      ...[<strong>{grouped(pruned)}</strong>, percent(pruned / kept), <strong>{grouped(regrown)}</strong>],
    ),
    mask.initial?.kind === "constant"
      ? `${l10n.t("All initial scores were equal and nothing was pruned before the first step, so the zeros of the mask are what training pruned.")} `
      : "",
    ...mostSentence(mask),
    ...(mask.isEven
      ? [
          `${l10n.t("Each matrix keeps the same share of its weights, so layers and kinds of matrix cannot differ; heads can.")} `,
        ]
      : most
        ? [
            `${l10n.t("{0} has the highest share of pruned weights ({1} %).", placeOf(most), percent(prunedShare(most)!))} `,
          ]
        : []),
    ...headsSentence(mask),
    ...combinedSentence(mask, seeds),
  ];
}

/** The marked layer and the marked head that lost most compared with expectation, if there are any. */
function mostSentence(mask: MaskDescription): ComponentChildren[] {
  const layers = mask.layers.filter(({ layer, marked, z }) => layer !== null && marked && z! > 0);
  const [layer] = layers.sort((a, b) => b.z! - a.z!);
  const head = rankedHeads(mask, "own").find(({ marked, z }) => marked && z > 0);
  const parts = [
    ...(layer ? [[layerTitle(layer.layer), layer.z] as const] : []),
    ...(head ? [[l10n.t("head {0}", nameAmongViews(head)), head.z] as const] : []),
  ].map(([name, z]) => (
    <>
      {name} (<strong>{`z ${fixed(z, 1)}`}</strong>)
    </>
  ));
  if (!parts.length) return [];
  return filled(
    `${l10n.t("Compared with the number of pruned weights expected given the initial scores, {0} changed most.")} `,
    parts.length > 1 ? filled(l10n.t("{0} and {1}"), ...parts) : parts,
  );
}

/** The maximum number of heads that a sentence names. */
const NAMED = 3;

/** How many heads are marked in each direction, and the effects of the clearest ones. */
function headsSentence(mask: MaskDescription): ComponentChildren[] {
  const heads = rankedHeads(mask, "own");
  if (!heads.length) return [];
  const marked = heads.filter(({ marked }) => marked);
  if (!marked.length)
    return [
      isGrouped(mask.base)
        ? l10n.t(
            "None of the {0} attention heads, those of shared keys and values included, is marked (false discovery rate 5 %).",
            heads.length,
          )
        : l10n.t("None of the {0} attention heads is marked (false discovery rate 5 %).", heads.length),
    ];
  const ways = [
    [marked.filter(({ z }) => z > 0), l10n.t("{0} lost more weights than expected given their initial scores ({1})")],
    [marked.filter(({ z }) => z < 0), l10n.t("{0} lost fewer ({1})")],
  ] as const;
  const namesOf = (of: readonly Ranked[]) => {
    const names = of.slice(0, NAMED).map((head, i) => {
      const value = fixed(head.effect?.value, 2);
      return i
        ? l10n.t("{0}: {1}", nameAmongViews(head), value)
        : l10n.t("{0}: {1} times, 95 % confidence interval {2}", nameAmongViews(head), value, rangeOf(head.effect));
    });
    return [...names, ...(of.length > NAMED ? ["…"] : [])].join("; ");
  };
  const parts = ways
    .filter(([of]) => of.length)
    .map(([of, what]) => filled(what, <strong>{grouped(of.length)}</strong>, namesOf(of)));
  return [
    `${countedText(marked.length, heads.length, isGrouped(mask.base))} `,
    ...parts.flatMap((part, i) => (i ? ["; ", ...part] : part)),
    ".",
  ];
}

function countedText(marked: number, all: number, shared: boolean): string {
  if (marked === 1)
    return shared
      ? l10n.t(
          "1 of {0} attention heads, those of shared keys and values included, is marked (false discovery rate 5 %):",
          all,
        )
      : l10n.t("1 of {0} attention heads is marked (false discovery rate 5 %):", all);
  return shared
    ? l10n.t(
        "{0} of {1} attention heads, those of shared keys and values included, are marked (false discovery rate 5 %):",
        ...[marked, all],
      )
    : l10n.t("{0} of {1} attention heads are marked (false discovery rate 5 %):", marked, all);
}

/** The combined result of several seeds of the task. */
function combinedSentence(mask: MaskDescription, seeds: readonly SeedView[]): ComponentChildren[] {
  const most = seeds.length ? rankedHeads(mask, "own", seeds)[0] : undefined;
  if (!most?.marked) return [];
  return filled(
    ` ${l10n.t("With {0} seeds of this task combined, {1} deviates most ({2}; {3} of {4} seeds agree).")}`,
    ...[seeds.length + 1, nameAmongViews(most), <strong>{`z ${fixed(most.z, 1)}`}</strong>, most.agree, most.seeds],
  );
}

/** Warnings about controls and shared seeds. */
export function Warnings({ mask: { seeds, permuteLabels, task } }: { readonly mask: MaskDescription }) {
  const others = useStore(told, (state) => state.seeds);
  const runs = [seeds.run, ...others.map(({ runSeed }) => runSeed)].filter((seed) => seed !== undefined);
  const texts = [
    permuteLabels === null
      ? ""
      : l10n.t(
          "This is a control, trained on labels permuted with seed {0}: it learned nothing about its task.",
          permuteLabels,
        ),
    new Set(runs).size === runs.length
      ? ""
      : l10n.t(
          "Some of the {0} runs of this task used the same run seed, and so the same {1}. In every layer, part of their agreement may come from that rather than from the task. Combine runs with different run seeds.",
          others.length + 1,
          task.labels.length
            ? l10n.t("dropout, example order and frozen classifier")
            : l10n.t("dropout and example order"),
        ),
  ];
  return texts.filter(Boolean).map((text) => (
    <p key={text} class="warning">
      {text}
    </p>
  ));
}
