// The detail line: the numbers for the item under the pointer or focus, or for the pinned one.

import { useLayoutEffect, useMemo } from "preact/hooks";
import * as l10n from "../ui/l10n.ts";
import { Store, useStore } from "../ui/store.ts";

/** Something that the user can point at and pin; its key is unique within a detail line. */
export interface Item {
  readonly key: string;
  readonly text: string;
}

/** The state of a detail line. Components that show items watch which one is pinned. */
export class DetailStore extends Store<{ readonly said: Item | undefined; readonly pinned: Item | undefined }> {
  /** Shows an item unless one is pinned. */
  say(item: Item): void {
    if (!this.state.pinned) this.change({ said: item });
  }

  /** Pins an item, or unpins it if it is already pinned. */
  pin(item: Item): void {
    this.change({ said: item, pinned: this.state.pinned?.key === item.key ? undefined : item });
  }

  release(): void {
    this.change({ pinned: undefined });
  }

  /** If the item with this key is shown, updates it, or removes it if `item` is undefined. */
  replace(key: string, item: Item | undefined): void {
    const { said, pinned } = this.state;
    if (said?.key === key) this.change({ said: item });
    if (pinned?.key === key) this.change({ pinned: item });
  }
}

/**
 * The detail line of a component and its children: a pinned item stays pinned while the component is shown. A new subject
 * starts with an empty line.
 */
export const useDetail = (subject = ""): DetailStore =>
  useMemo(() => new DetailStore({ said: undefined, pinned: undefined }), [subject]);

/** Whether an item is pinned. The detail line is updated when the item's text changes and cleared when the item is removed. */
export function useItem(detail: DetailStore, { key, text }: Item): boolean {
  useLayoutEffect(() => detail.replace(key, { key, text }), [text]);
  useLayoutEffect(() => () => detail.replace(key, undefined), [detail, key]);
  return useStore(detail, ({ pinned }) => pinned?.key === key);
}

/** The detail line of cells that each open a matrix. */
export const MatrixDetail = ({ detail }: Pick<DetailProps, "detail">) => (
  <Detail
    detail={detail}
    hint={l10n.t("Hover over a cell for details. Click or press Space to pin it; press Enter to open its matrix.")}
  />
);

interface DetailProps {
  readonly detail: DetailStore;
  /** Shown when there is no item to show. */
  readonly hint: string;
  /** Whether screen readers announce changes; needed if the items have no labels of their own. */
  readonly live?: boolean;
}

export function Detail({ detail, hint, live = false }: DetailProps) {
  const { said, pinned } = useStore(detail, (state) => state);
  return (
    <div
      class="detail hint"
      aria-live={live ? "polite" : undefined}
      data-locked={pinned ? l10n.t("pinned; Esc clears it") : undefined}
    >
      {(pinned ?? said)?.text || hint}
    </div>
  );
}
