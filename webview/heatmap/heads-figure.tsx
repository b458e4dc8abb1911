// The attention heads in the chosen matrix kind, as a grid.

import type { ComponentChildren } from "preact";
import type { HeadDescription, MaskDescription } from "../../src/mask/describe.ts";
import type { DetailStore } from "../draw/detail.tsx";
import type { Cell } from "../draw/grid.tsx";
import { HeadGrid } from "../draw/layer-grids.tsx";
import { headName } from "../draw/layers.ts";
import { headsTitle, sharedWords } from "../ui/head-kinds.ts";
import * as l10n from "../ui/l10n.ts";
import { Figure, Hint } from "../ui/parts.tsx";
import { useStore } from "../ui/store.ts";
import { HeadKindChooser } from "./choosers.tsx";
import { openHead, saved } from "./state.ts";

interface HeadsFigureProps {
  readonly mask: MaskDescription;
  readonly aside: string;
  /** Shown beside the matrix kind chooser. */
  readonly chooser?: ComponentChildren;
  readonly label: string;
  /** null: there is no value to show for the head. */
  readonly cellOf: (head: HeadDescription) => Omit<Cell, "opens" | "name"> | null;
  readonly detail: DetailStore;
  readonly legend: ComponentChildren;
  readonly below?: ComponentChildren;
}

/** Opening a head opens one of its matrices. `below` is shown under the grid and its legend. */
export function HeadsFigure({ mask, aside, chooser, label, cellOf, detail, legend, below }: HeadsFigureProps) {
  const kind = useStore(saved, (state) => state.heads);
  const shown = mask.heads.filter((head) => head.kind === kind);
  const shared = sharedWords(kind, mask.base);
  const choosers = (
    <>
      <HeadKindChooser mask={mask} />
      {chooser}
    </>
  );
  return (
    <Figure title={headsTitle(kind, mask.base)} aside={aside} choosers={choosers}>
      {shown.length ? (
        <>
          <HeadGrid
            label={label}
            heads={shown}
            beside={mask.matrices}
            cellOf={(head) => {
              const cell = cellOf(head);
              return cell && { ...cell, opens: headName(head) };
            }}
            detail={detail}
            onOpen={(name) => openHead(mask, shown.find((head) => headName(head) === name)!)}
          />
          {legend}
          {shared && <Hint>{shared}</Hint>}
        </>
      ) : (
        <Hint>{l10n.t("This mask does not cover these matrices.")}</Hint>
      )}
      {below}
    </Figure>
  );
}
