// The detail line: the numbers of the item under the pointer or focus, or of the pinned one.

import { useLayoutEffect, useMemo } from "preact/hooks";
import { t } from "../ui/host.ts";
import { Store, useStore } from "../ui/store.ts";

/** Something that can be pinned; its key is unique among the items of a detail line. */
interface Item {
  readonly key: string;
  readonly text: string;
}

/** What a detail line says. Those that show items watch which one is pinned. */
export class DetailStore extends Store<{ readonly said: string; readonly pinned: Item | undefined }> {
  /** Shows a text unless an item is pinned. */
  say(text: string): void {
    if (!this.state.pinned) this.change({ said: text });
  }

  /** Pins an item, or unpins it if it is pinned already. */
  pin(item: Item): void {
    this.change({ said: item.text, pinned: this.state.pinned?.key === item.key ? undefined : item });
  }

  release(): void {
    this.change({ pinned: undefined });
  }
}

/**
 * The detail of a component and of what it contains: pinned items stay pinned as long as it is shown. Another subject starts
 * with nothing said.
 */
export const useDetail = (subject = ""): DetailStore =>
  useMemo(() => new DetailStore({ said: "", pinned: undefined }), [subject]);

/** Whether an item is pinned. If so, the line follows its text, and is released when the item goes. */
export function usePinned(detail: DetailStore, { key, text }: Item): boolean {
  const isAmong = () => detail.state.pinned?.key === key;
  useLayoutEffect(() => {
    if (isAmong()) detail.change({ pinned: { key, text } });
  }, [text]);
  useLayoutEffect(
    () => () => {
      if (isAmong()) detail.release();
    },
    [detail, key],
  );
  return useStore(detail, ({ pinned }) => pinned?.key === key);
}

interface DetailProps {
  readonly detail: DetailStore;
  /** Shown until something else is. */
  readonly hint: string;
  /** Announced by screen readers on change, for items without a label of their own. */
  readonly live?: boolean;
}

export function Detail({ detail, hint, live = false }: DetailProps) {
  const { said, pinned } = useStore(detail, (state) => state);
  return (
    <div
      class="detail hint"
      aria-live={live ? "polite" : undefined}
      data-locked={pinned ? t("pinned; Esc clears it") : undefined}
    >
      {pinned?.text || said || hint}
    </div>
  );
}
