// What training changed, by layer, matrix kind and attention head, and the heads furthest from expectation.

import { useMemo } from "preact/hooks";
import { MatrixDetail, useDetail } from "../draw/detail.tsx";
import * as l10n from "../ui/l10n.ts";
import { useStore } from "../ui/store.ts";
import { ChangedHeads, FurthestHeads } from "./changed-heads.tsx";
import { useCombined } from "./choosers.tsx";
import { captionOf, HeatmapExports } from "./export.tsx";
import { Flips } from "./flips.tsx";
import { rankedHeads } from "./heads.ts";
import { KeptTab } from "./kept.tsx";
import { soFar } from "./shares.ts";
import { type Described, saved, told } from "./state.ts";

interface Props {
  readonly subject: Described;
}

export function ChangedTab({ subject }: Props) {
  const { complete, description } = subject;
  // If the changes are unknown, the sentence above says why.
  return description.pruned === null && complete ? <KeptTab subject={subject} /> : <Changes subject={subject} />;
}

function Changes({ subject }: Props) {
  const { complete, description } = subject;
  const progress = useStore(told, (state) => state.progress);
  const kind = useStore(saved, (state) => state.heads);
  const combined = useCombined();
  const mask = useMemo(() => (complete ? description : soFar(description, progress)), [subject, progress]);
  const ranked = useMemo(() => rankedHeads(mask, kind, combined), [mask, kind, combined]);
  const detail = useDetail();
  return (
    <>
      <div class="beside">
        <Flips mask={mask} detail={detail} />
        <ChangedHeads mask={mask} ranked={ranked} combined={combined} detail={detail} />
        <FurthestHeads mask={mask} ranked={ranked} combined={combined} complete={complete} />
      </div>
      <MatrixDetail detail={detail} />
      <HeatmapExports
        subject={subject}
        mask={mask}
        combined={combined}
        caption={captionOf(subject, l10n.t("changed by training"), ...notes())}
      />
    </>
  );
}

/** Notes for saved figures: what the numbers are compared with. */
const notes = (): string[] => [
  l10n.t(
    "Pruned / expected: weights that training pruned, divided by the number expected given the initial scores, at the pruning rates of all matrices together (for heads: of their own matrices).",
  ),
  l10n.t(
    "z: standard deviations from the expected count, corrected for clustering of pruned weights. ●: significant after correction for multiple tests (false discovery rate 5 %).",
  ),
];
