// The divergence of linear attention from softmax by layer and head, before and after training, on one colour scale.

import type { MaskDescription } from "../../../src/mask/describe.ts";
import { rateColour } from "../../draw/colours.ts";
import type { DetailStore } from "../../draw/detail.tsx";
import { HeadGrid } from "../../draw/layer-grids.tsx";
import { headName } from "../../draw/layers.ts";
import { rateLegend } from "../../draw/rate-scale.tsx";
import * as l10n from "../../ui/l10n.ts";
import { fixed } from "../../ui/numbers.ts";
import { Figure } from "../../ui/parts.tsx";
import { detailOf, type HeadDivergence, nats, opensIn } from "./heads.ts";

interface FiguresProps {
  readonly mask: MaskDescription;
  readonly heads: readonly HeadDivergence[];
  readonly detail: DetailStore;
}

const TIMES = [
  ["before", l10n.t("Before training"), l10n.t("Divergence from softmax by layer and head, before training")],
  ["after", l10n.t("After training"), l10n.t("Divergence from softmax by layer and head, after training")],
] as const;

export function AttentionFigures({ mask, heads, detail }: FiguresProps) {
  const end = Math.max(...heads.flatMap(({ before, after }) => [before, after]), 1e-9);
  const opens = opensIn(mask);
  return (
    <div class="beside">
      {TIMES.map(([time, title, label]) => (
        <Figure key={time} title={title} aside={l10n.t("KL(softmax ‖ linear) in nats; 0: equal")}>
          <HeadGrid
            label={label}
            heads={heads}
            cellOf={(head) => ({
              text: short(head[time]),
              colour: rateColour(head[time], 0, end),
              detail: detailOf(head),
              name: headName(head),
              ...(opens(head) && { opens: headName(head) }),
            })}
            detail={detail}
            onOpen={(name) => opens(heads.find((head) => headName(head) === name)!)?.()}
          />
          {rateLegend(l10n.t("0: equal to softmax"), "", l10n.t("{0} nats, the largest of both", nats(end)))}
        </Figure>
      ))}
    </div>
  );
}

/** Fits into a cell: "0.42", "1.3", "12". */
const short = (value: number): string => fixed(value, value < 0.995 ? 2 : value < 9.95 ? 1 : 0);
