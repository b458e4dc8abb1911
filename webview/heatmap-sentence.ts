// A mask in a sentence: how much training changed, where most, and which heads stand out.

import type { HeadDescription, MaskDescription } from "../src/mask/describe.ts";
import { permutedBy } from "../src/mask/metadata.ts";
import { placeOf } from "./blocks.ts";
import { el } from "./dom.ts";
import { droppedShare, keptAtStart } from "./heatmap-changed.ts";
import { rankedHeads } from "./heatmap-heads.ts";
import { told } from "./heatmap-state.ts";
import { t } from "./host.ts";
import { bytes, fixed, grouped, percent, range } from "./numbers.ts";
import { strong } from "./parts.ts";

export function subtitle({ base, scores, task, zeroShare, weights, sizes, seeds }: MaskDescription): string {
  const score = scores.test?.[task.metric];
  const control = permutedBy(told.described!.metadata);
  const parts = [
    base.id,
    typeof score === "object" ? t("test {0} {1} % ({2})", task.metric, percent(score.value), range(score)) : "",
    control === undefined ? "" : t("control: labels permuted with seed {0}", control),
    t("{0} % zeros", percent(zeroShare)),
    t("{0} bits, {1}", grouped(weights), bytes(sizes.packed)),
    seeds.mask === undefined ? "" : t("mask seed {0}", seeds.mask),
  ];
  return parts.filter(Boolean).join(" · ");
}

export function sentence(mask: MaskDescription): (Node | string)[] {
  const { dropped, revived, unknownBecause, matrices } = mask;
  if (dropped === null || revived === null) {
    if (!told.described!.complete) return [t("Making the initial mask again, to see what training changed…")];
    return [
      t(
        "The mask keeps {0} % of its weights. Only that can be shown: {1}.",
        percent(1 - mask.zeroShare),
        unknownBecause ?? "",
      ),
    ];
  }
  const kept = matrices.reduce((sum, matrix) => sum + keptAtStart(matrix), 0);
  const most = [...matrices].sort((a, b) => droppedShare(b)! - droppedShare(a)!)[0];
  const heads = rankedHeads(mask, "all", false).filter(({ marked }) => marked);
  const name = ({ block, head }: HeadDescription) => `${block}.${head}`;
  const lost = heads
    .filter(({ z }) => z! > 0)
    .slice(0, 3)
    .map(name);
  const spared = heads
    .filter(({ z }) => z! < 0)
    .slice(0, 3)
    .map(name);
  return [
    `${t("Training dropped")} `,
    strong(grouped(dropped)),
    ` ${t("weights ({0} % of those kept at the start) and revived", percent(dropped / kept))} `,
    strong(grouped(revived)),
    ". ",
    ...(most ? [`${t("{0} changed most ({1} % dropped).", placeOf(most), percent(droppedShare(most)!))} `] : []),
    ...(lost.length
      ? [`${t("Among the attention heads,")} `, strong(listed(lost)), ` ${t("lost more than their share")}`]
      : []),
    ...(lost.length && spared.length ? ["; "] : []),
    ...(spared.length ? [strong(listed(spared)), ` ${t("were spared")}`] : []),
    heads.length ? "." : t("No attention head stands out after correction for their number."),
    ...combinedSentence(mask),
  ];
}

const listed = (names: readonly string[]): string =>
  names.length > 1 ? t("{0} and {1}", names.slice(0, -1).join(", "), names.at(-1)!) : names.join();

/** What several seeds of the task say together. */
function combinedSentence(mask: MaskDescription): (Node | string)[] {
  const most = rankedHeads(mask, "all", true)[0];
  if (!told.seeds.length || !most?.marked) return [];
  const text = t(
    "Over {0} seeds of this task together, {1} stands out most",
    told.seeds.length + 1,
    `${most.block}.${most.head}`,
  );
  return [` ${text} (`, strong(`z ${fixed(most.z, 1)}`), t(", {0} of {1} seeds agree).", most.agree, most.seeds)];
}

/** What to beware of, as where two masks are compared. */
export function warnings({ seeds }: MaskDescription): Node[] {
  const runs = [seeds.run, ...told.seeds.map(({ runSeed }) => runSeed)].filter((seed) => seed !== undefined);
  if (new Set(runs).size === runs.length) return [];
  const text = t(
    "Some of the {0} seeds of this task had one run seed and so the same frozen classifier: what they agree on in the last block is not all their task's; combine runs of different seeds.",
    told.seeds.length + 1,
  );
  return [el("p", { className: "warning" }, text)];
}
