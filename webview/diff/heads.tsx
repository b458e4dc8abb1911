// The attention heads of two masks side by side: pruned weights compared with expectation, for each mask and for both.

import { useMemo } from "preact/hooks";
import { type HeadLayout, type HeadView, isWholeHead } from "../../src/anatomy/heads.ts";
import type { HeadLikeness, PairComparison } from "../../src/mask/compare.ts";
import { isOnItsOwn } from "../../src/mask/head-marks.ts";
import { brightness, zColour } from "../draw/colours.ts";
import { Detail, type DetailStore, useDetail } from "../draw/detail.tsx";
import { effectShort, effectText, withMarks } from "../draw/effects.ts";
import { HeadGrid } from "../draw/layer-grids.tsx";
import { headName } from "../draw/layers.ts";
import { ZLegend } from "../draw/legend.tsx";
import { Scatter } from "../draw/scatter.tsx";
import { sharedWords } from "../ui/head-kinds.ts";
import * as l10n from "../ui/l10n.ts";
import { Figure, Hint } from "../ui/parts.tsx";
import { useStore } from "../ui/store.ts";
import { useTheme } from "../ui/theme.ts";
import { captionOf, DiffExports, liftNotes } from "./export.tsx";
import { HeadKindChooser, headDetail, inA, inB, ofBoth, type Part, useHeads } from "./head-kinds.tsx";
import { OneHead } from "./one-head.tsx";
import { isComplete, maskOf, nameOf, saved, told } from "./state.ts";

export function HeadsTab({ subject: pair }: { readonly subject: PairComparison }) {
  const detail = useDetail();
  const isMany = useStore(told, ({ pairs }) => pairs.length > 1);
  const { kind, heads, headCorrelation } = useHeads(pair);
  if (!pair.heads.length)
    return (
      <Hint>
        {isComplete()
          ? l10n.t("It is unknown what training changed in the heads of these masks.")
          : l10n.t("Recomputing the initial masks…")}
      </Hint>
    );
  const drops = l10n.t("pruned / expected given the initial scores, coloured by z");
  const of = { heads, detail, ...(isMany && { onOpen: showHead }) };
  const { base } = maskOf(pair.a)!;
  const shared = sharedWords(kind, base);
  return (
    <>
      <HeadKindChooser pair={pair} />
      <div class="beside">
        {[
          { file: pair.a, part: inA },
          { file: pair.b, part: inB },
        ].map(({ file, part }) => (
          <OfHeads
            key={file}
            title={nameOf(file)}
            label={l10n.t("{0}: pruned weights", nameOf(file))}
            what={drops}
            part={part}
            {...of}
          />
        ))}
        <OfHeads
          title={l10n.t("Overlap of both masks")}
          label={l10n.t("Overlap of both masks")}
          what={l10n.t("lift, coloured by z")}
          part={ofBoth}
          {...of}
        />
        <Against pair={pair} heads={heads} headCorrelation={headCorrelation} detail={detail} />
      </div>
      {shared && <Hint>{shared}</Hint>}
      {isMany && <OneHead kind={kind} shown={pair} detail={detail} />}
      <Detail
        live
        detail={detail}
        hint={`${
          isMany
            ? l10n.t("Hover over or focus a head or point for details; Enter shows the head in all masks.")
            : l10n.t("Hover over or focus a head or point for details.")
        } ${marksText(pair, kind, base)}`}
      />
      <DiffExports
        pair={pair}
        caption={captionOf(
          pair,
          l10n.t("attention heads"),
          l10n.t("Each mask: weights that training pruned, divided by the number expected given the initial scores."),
          ...liftNotes(pair),
        )}
      />
    </>
  );
}

/** Which heads are marked in a view, and among how many. */
function marksText({ heads, headKinds }: PairComparison, view: HeadView, layout: HeadLayout): string {
  const partsIn = (isIn: (view: HeadView) => boolean) =>
    headKinds.reduce((parts, one) => parts + (isIn(one.kind) ? one.heads.length : 0), 0);
  if (!isOnItsOwn(view, layout))
    return l10n.t(
      "● marks heads that are significant over all their matrices and whose part in this kind of matrix is significant among all {0} such parts (false discovery rate 5 %).",
      partsIn((one) => !isOnItsOwn(one, layout)),
    );
  const whole = heads.length + partsIn(isWholeHead);
  const shared = partsIn((one) => isOnItsOwn(one, layout)) - partsIn(isWholeHead);
  return shared
    ? l10n.t(
        "● marks results that are significant among all {0} heads of queries and {1} heads of keys or of values (false discovery rate 5 %).",
        ...[whole, shared],
      )
    : l10n.t("● marks heads that are significant among all {0} heads (false discovery rate 5 %).", whole);
}

const showHead = (name: string) => saved.change({ head: name });

interface OfHeadsProps {
  readonly title: string;
  readonly label: string;
  /** Explains the numbers and colours. */
  readonly what: string;
  readonly heads: readonly HeadLikeness[];
  readonly part: (head: HeadLikeness) => Part;
  readonly detail: DetailStore;
  readonly onOpen?: (name: string) => void;
}

/** A grid of the heads' numbers in one mask or both. */
function OfHeads({ title, label, what, heads, part, detail, onOpen }: OfHeadsProps) {
  useTheme();
  const mode = brightness();
  return (
    <Figure title={title} aside={withMarks(what, heads.map(part))}>
      <HeadGrid
        label={label}
        heads={heads}
        cellOf={(head) => {
          const { effect, z, marked } = part(head);
          if (z === null) return null;
          return {
            text: effectShort(effect),
            colour: zColour(z, mode),
            detail: headDetail(head),
            marked: marked === true,
            name: headName(head),
            ...(onOpen && { opens: headName(head) }),
          };
        }}
        detail={detail}
        {...(onOpen && { onOpen })}
      />
      <ZLegend />
    </Figure>
  );
}

interface AgainstProps extends Pick<PairComparison, "heads" | "headCorrelation"> {
  readonly pair: PairComparison;
  readonly detail: DetailStore;
}

/** A plot of the heads' z in one mask against their z in the other mask. */
function Against({ pair, heads, headCorrelation, detail }: AgainstProps) {
  const points = useMemo(
    () =>
      heads.flatMap((head) =>
        head.zA === null || head.zB === null
          ? []
          : [{ x: head.zA, y: head.zB, text: headDetail(head), name: headName(head) }],
      ),
    [heads],
  );
  const [a, b] = [nameOf(pair.a), nameOf(pair.b)];
  return (
    <Figure
      title={l10n.t("z per head, one mask against the other")}
      aside={l10n.t("correlation {0} over {1} heads", effectText(headCorrelation), points.length)}
    >
      <Scatter
        label={l10n.t("Heads by z in {0} and z in {1}; arrow keys move between heads", a, b)}
        points={points}
        xTitle={l10n.t("z in {0}", a)}
        yTitle={l10n.t("z in {0}", b)}
        detail={detail}
      />
    </Figure>
  );
}
