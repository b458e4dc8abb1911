// What training changed in each attention head, and the heads furthest from expectation.

import type { MaskDescription } from "../../src/mask/describe.ts";
import type { SeedView } from "../../src/messages.ts";
import { brightness, zColour } from "../draw/colours.ts";
import type { DetailStore } from "../draw/detail.tsx";
import { effectShort, effectText, rangeOf, shownWords, withMarks } from "../draw/effects.ts";
import { headName, layersOf } from "../draw/layers.ts";
import { ZLegend } from "../draw/legend.tsx";
import { CellLink } from "../draw/point.tsx";
import * as l10n from "../ui/l10n.ts";
import { fixed, signed } from "../ui/numbers.ts";
import { Figure, Hint } from "../ui/parts.tsx";
import { NumbersTable } from "../ui/table.tsx";
import { useTheme } from "../ui/theme.ts";
import { CONFIDENCE } from "../ui/words.ts";
import { NotCombined, SeedChooser } from "./choosers.tsx";
import { changeText } from "./flips.tsx";
import type { Ranked } from "./heads.ts";
import { HeadsFigure } from "./heads-figure.tsx";
import { openHead } from "./state.ts";

interface RankedProps {
  readonly mask: MaskDescription;
  /** The heads of the chosen kind. */
  readonly ranked: readonly Ranked[];
  /** Other seeds of the task, whose heads are combined with this mask's. */
  readonly combined: readonly SeedView[];
}

export function ChangedHeads({ mask, ranked, combined, detail }: RankedProps & { readonly detail: DetailStore }) {
  useTheme();
  const byName = new Map(ranked.map((head) => [headName(head), head]));
  const mode = brightness();
  const what = combined.length
    ? l10n.t("z of {0} seeds combined (Stouffer)", combined.length + 1)
    : l10n.t("pruned / expected given the initial scores, coloured by z");
  return (
    <HeadsFigure
      mask={mask}
      aside={withMarks(what, ranked)}
      chooser={<SeedChooser maskSeed={mask.initial?.maskSeed} />}
      label={l10n.t("Pruned weights by layer and attention head")}
      cellOf={(one) => {
        const head = byName.get(headName(one));
        if (!head) return null;
        const { z, effect, marked } = head;
        return {
          text: combined.length ? signed(z, Math.abs(z) < 9.95 ? 1 : 0) : effectShort(effect),
          colour: zColour(z, mode),
          detail: combined.length ? combinedDetail(head, mask, combined) : headDetail(head),
          marked: marked === true,
        };
      }}
      detail={detail}
      legend={<ZLegend />}
      below={<NotCombined />}
    />
  );
}

const headDetail = (head: Ranked): string => `${l10n.t("head {0}", headName(head))}: ${changeText(head)}`;

/** Each seed's own z, then the combined z. */
function combinedDetail(head: Ranked, mask: MaskDescription, combined: readonly SeedView[]): string {
  const all = [{ maskSeed: mask.initial!.maskSeed, heads: mask.heads }, ...combined];
  const own = all.map((seed) => {
    const own = seed.heads.find((h) => h.layer === head.layer && h.head === head.head && h.kind === head.kind);
    return l10n.t("seed {0}: {1}, z {2}", seed.maskSeed, effectText(own?.effect), fixed(own?.z, 1));
  });
  return `${l10n.t("head {0}", headName(head))}: ${own.join(", ")}; ${l10n.t("combined z {0}, {1} of {2} agree", fixed(head.z, 1), head.agree, head.seeds)}`;
}

/** The minimum length of the ranked list of heads; the list is longer if the grids have more rows. */
const RANKED = 12;

export function FurthestHeads({ mask, ranked, combined, complete }: RankedProps & { readonly complete: boolean }) {
  const title = l10n.t("Furthest from expectation");
  if (!ranked.length) {
    const counted = complete
      ? l10n.t("No expected counts are available for the heads.")
      : l10n.t("Counting changes in the heads…");
    return (
      <Figure title={title} aside="">
        <Hint>{counted}</Hint>
      </Figure>
    );
  }
  const isCombined = combined.length > 0;
  const listed = ranked.slice(0, Math.max(RANKED, layersOf(mask.matrices).length));
  const linkOf = (head: Ranked) => {
    const name = headName(head);
    const open = () => openHead(mask, head);
    return <CellLink text={name} name={name} marked={head.marked} onOpen={open} />;
  };
  const aside = [
    isCombined ? "" : l10n.t("effect: pruned / expected given the initial scores"),
    complete ? shownWords(listed, ranked) : "",
  ];
  return (
    <Figure title={title} aside={aside.filter(Boolean).join("; ")}>
      <NumbersTable
        caption={title}
        header={
          isCombined
            ? [l10n.t("head"), l10n.t("seeds\nagreeing"), "z"]
            : [l10n.t("head"), l10n.t("effect"), CONFIDENCE, "z"]
        }
        rows={listed.map((head) => [
          { text: headName(head), view: linkOf(head) },
          ...(isCombined
            ? [l10n.t("{0} of {1}", head.agree, head.seeds)]
            : [effectShort(head.effect), rangeOf(head.effect)]),
          signed(head.z, 1),
        ])}
      />
    </Figure>
  );
}
