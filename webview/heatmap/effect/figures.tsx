// The change of the loss by attention head, and by layer and kind of matrix.

import { useMemo } from "preact/hooks";
import { WHOLE_HEADS } from "../../../src/anatomy/heads.ts";
import type { MaskDescription } from "../../../src/mask/describe.ts";
import type { Effects, PartEffect } from "../../../src/messages/effect.ts";
import { brightness, Z_END, zColour, zScale } from "../../draw/colours.ts";
import type { DetailStore } from "../../draw/detail.tsx";
import type { Cell } from "../../draw/grid.tsx";
import { HeadGrid, KindGrid } from "../../draw/layer-grids.tsx";
import { headName } from "../../draw/layers.ts";
import { Legend } from "../../draw/legend.tsx";
import * as l10n from "../../ui/l10n.ts";
import { signed } from "../../ui/numbers.ts";
import { Figure } from "../../ui/parts.tsx";
import { useTheme } from "../../ui/theme.ts";
import { openHead, openMatrix } from "../state.ts";
import { detailOf, lossShort, THOUSANDTHS } from "./words.ts";

interface FiguresProps {
  readonly mask: MaskDescription;
  readonly effects: Effects;
  readonly detail: DetailStore;
}

export function EffectFigures({ mask, effects, detail }: FiguresProps) {
  useTheme();
  const heads = effects.parts.flatMap((part) =>
    part.head === null || part.layer === null ? [] : [{ ...part, layer: part.layer, head: part.head }],
  );
  const kinds = effects.parts.flatMap(({ kind, ...part }) =>
    kind === "all" || kind === "cross" ? [] : [{ ...part, kind }],
  );
  const hasTest = effects.parts.some(({ measured }) => measured?.mcnemar);
  const aside = [
    l10n.t("in thousandths; ~ estimated, not measured"),
    ...(hasTest ? [l10n.t("● p (Holm) at most 0.05")] : []),
  ].join("; ");
  return (
    <div class="beside">
      {WHOLE_HEADS.map((kind) => {
        const own = heads.filter((head) => head.kind === kind);
        const isCross = kind === "cross";
        return (
          own.length > 0 && (
            <Figure
              key={kind}
              title={isCross ? l10n.t("Change of loss by cross-attention head") : l10n.t("Change of loss by head")}
              aside={aside}
            >
              <HeadGrid
                label={
                  isCross
                    ? l10n.t("Change of loss by layer and cross-attention head")
                    : l10n.t("Change of loss by layer and attention head")
                }
                heads={own}
                beside={mask.matrices}
                cellOf={cellsOf(heads, effects, (part) => headName({ layer: part.layer!, head: part.head! }))}
                detail={detail}
                onOpen={(name) => openHead(mask, { ...own.find((head) => headName(head) === name)!, kind })}
              />
              <LossLegend parts={heads} />
            </Figure>
          )
        );
      })}
      <Figure title={l10n.t("Change of loss by layer and kind")} aside={aside}>
        <KindGrid
          label={l10n.t("Change of loss by layer and matrix kind")}
          matrices={kinds}
          kinds={mask.kinds.map(({ kind }) => kind)}
          cellOf={cellsOf(
            kinds,
            effects,
            ({ layer, kind }) => mask.matrices.find((one) => one.layer === layer && one.kind === kind)?.name,
          )}
          detail={detail}
          onOpen={(name) => openMatrix(name)}
        />
        <LossLegend parts={kinds} />
      </Figure>
    </div>
  );
}

const lossOf = ({ measured, estimate }: PartEffect): number => measured?.loss.value ?? estimate ?? 0;

/** The end of the colour scale: the largest change among measured parts, or among all if none is measured. */
function endOf(parts: readonly PartEffect[]): number {
  const measured = parts.filter((part) => part.measured);
  return Math.max(...(measured.length ? measured : parts).map((part) => Math.abs(lossOf(part))), 1e-9);
}

function cellsOf<P extends PartEffect>(
  parts: readonly P[],
  effects: Effects,
  opens: (part: P) => string | undefined,
): (part: P) => Cell {
  const [mode, end] = [brightness(), endOf(parts)];
  return (part) => {
    const name = opens(part);
    const { mcnemar } = part.measured ?? {};
    return {
      text: lossShort(part),
      colour: zColour((Z_END * lossOf(part)) / end, mode),
      detail: detailOf(part, effects),
      marked: mcnemar ? mcnemar.pHolm <= 0.05 : false,
      ...(name !== undefined && { opens: name }),
    };
  };
}

function LossLegend({ parts }: { readonly parts: readonly PartEffect[] }) {
  const theme = useTheme();
  const colours = useMemo(() => zScale(brightness()), [theme]);
  const end = THOUSANDTHS * endOf(parts);
  const digits = end < 9.5 ? 1 : 0;
  return (
    <Legend
      colours={colours}
      low={l10n.t("{0} loss falls", signed(-end, digits))}
      middle="0"
      high={l10n.t("loss rises {0}", signed(end, digits))}
    />
  );
}
