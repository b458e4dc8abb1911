// The attention heads of two masks side by side: pruned weights against expectation, for each mask and for both.

import { useMemo } from "preact/hooks";
import type { HeadLikeness, PairComparison } from "../../src/mask/compare.ts";
import type { Estimate } from "../../src/mask/metadata.ts";
import { brightness, zColour } from "../draw/colours.ts";
import { Detail, type DetailStore, useDetail } from "../draw/detail.tsx";
import { effectShort, effectText, withMarks } from "../draw/effects.ts";
import { HeadGrid } from "../draw/layer-grids.tsx";
import { headName } from "../draw/layers.ts";
import { ZLegend } from "../draw/legend.tsx";
import { Scatter } from "../draw/scatter.tsx";
import * as l10n from "../ui/l10n.ts";
import { fixed } from "../ui/numbers.ts";
import { Figure, Hint } from "../ui/parts.tsx";
import { useTheme } from "../ui/theme.ts";
import { DiffExports } from "./export.tsx";
import { isComplete, nameOf } from "./state.ts";

export function HeadsTab({ subject: pair }: { readonly subject: PairComparison }) {
  const detail = useDetail();
  if (!pair.heads.length)
    return (
      <Hint>
        {isComplete()
          ? l10n.t("What training changed in the heads is unknown for these masks.")
          : l10n.t("Recomputing the initial masks…")}
      </Hint>
    );
  const drops = l10n.t("pruned / expected given the initial scores, coloured by z");
  return (
    <>
      <div class="beside">
        {[
          { file: pair.a, of: inA },
          { file: pair.b, of: inB },
        ].map(({ file, of }) => (
          <OfHeads
            key={file}
            title={nameOf(file)}
            label={l10n.t("{0}: pruned weights", nameOf(file))}
            what={drops}
            heads={pair.heads}
            of={of}
            detail={detail}
          />
        ))}
        <OfHeads
          title={l10n.t("Overlap of both")}
          label={l10n.t("Overlap of both")}
          what={l10n.t("lift, coloured by z")}
          heads={pair.heads}
          of={ofBoth}
          detail={detail}
        />
        <Against pair={pair} detail={detail} />
      </div>
      <Detail
        live
        detail={detail}
        hint={l10n.t(
          "Hover over or focus a head or point for details. ● marks heads significant among all {0} (false discovery rate 5 %).",
          pair.heads.length,
        )}
      />
      <DiffExports pictures pair={pair} />
    </>
  );
}

interface OfHeadsProps {
  readonly title: string;
  readonly label: string;
  /** Explains the numbers and colours. */
  readonly what: string;
  readonly heads: readonly HeadLikeness[];
  readonly of: (head: HeadLikeness) => Part;
  readonly detail: DetailStore;
}

/** A grid of the heads' numbers for one mask or both. */
function OfHeads({ title, label, what, heads, of, detail }: OfHeadsProps) {
  useTheme();
  const mode = brightness();
  return (
    <Figure title={title} aside={withMarks(what, heads.map(of))}>
      <HeadGrid
        label={label}
        heads={heads}
        cellOf={(head) => {
          const { effect, z, marked } = of(head);
          if (z === null) return null;
          return {
            text: effectShort(effect),
            colour: zColour(z, mode),
            detail: detailOf(head),
            marked: marked === true,
            name: headName(head),
          };
        }}
        detail={detail}
      />
      <ZLegend />
    </Figure>
  );
}

/** The heads by their z in one mask and in the other. */
function Against({ pair, detail }: { readonly pair: PairComparison; readonly detail: DetailStore }) {
  const points = useMemo(
    () =>
      pair.heads.flatMap((head) =>
        head.zA === null || head.zB === null
          ? []
          : [{ x: head.zA, y: head.zB, text: detailOf(head), name: headName(head) }],
      ),
    [pair.heads],
  );
  const [a, b] = [nameOf(pair.a), nameOf(pair.b)];
  return (
    <Figure
      title={l10n.t("z per head, one mask against the other")}
      aside={l10n.t("correlation {0} over {1} heads", effectText(pair.headCorrelation), points.length)}
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

/** A head's numbers in one of the grids. */
interface Part {
  readonly effect: Estimate | null;
  readonly z: number | null;
  readonly marked: boolean | null;
}

const inA = ({ effectA, zA, markedA }: HeadLikeness): Part => ({ effect: effectA, z: zA, marked: markedA });
const inB = ({ effectB, zB, markedB }: HeadLikeness): Part => ({ effect: effectB, z: zB, marked: markedB });
const ofBoth = ({ lift, z, marked }: HeadLikeness): Part => ({ effect: lift, z, marked });

const detailOf = ({ layer, head, lift, z, effectA, zA, effectB, zB }: HeadLikeness) =>
  l10n.t(
    "head L{0}H{1}: lift {2}, z {3}; pruned / expected: {4}, z {5} and {6}, z {7}",
    ...[
      layer,
      head,
      effectText(lift),
      fixed(z, 1),
      effectText(effectA),
      fixed(zA, 1),
      effectText(effectB),
      fixed(zB, 1),
    ],
  );
