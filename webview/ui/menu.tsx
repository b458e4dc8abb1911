// A context menu that follows the ARIA pattern: arrow keys move, Enter and Space choose, Escape and Tab close.

import { useLayoutEffect, useRef } from "preact/hooks";

export interface MenuItem {
  readonly title: string;
  readonly onChoose: () => void;
}

interface MenuProps {
  readonly label: string;
  readonly items: readonly MenuItem[];
  /** The position of the menu's upper left corner in the window, if the menu fits there. */
  readonly at: { readonly x: number; readonly y: number };
  /** `isDone`: an item was chosen or Escape was pressed, so the focus should return to where it was before. */
  readonly onClose: (isDone: boolean) => void;
}

/** The events that can move the page under the menu. */
const MOVES = ["wheel", "resize"] as const;

export function Menu({ label, items, at: { x, y }, onClose }: MenuProps) {
  const menu = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const { style, offsetWidth, offsetHeight, firstElementChild } = menu.current!;
    style.left = `${Math.max(0, Math.min(x, window.innerWidth - offsetWidth))}px`;
    style.top = `${Math.max(0, Math.min(y, window.innerHeight - offsetHeight))}px`;
    (firstElementChild as HTMLElement).focus({ preventScroll: true });
    // Not "scroll": if the page was scrolled just before the menu opened, that event may arrive afterwards.
    const close = () => onClose(false);
    for (const event of MOVES) window.addEventListener(event, close);
    return () => {
      for (const event of MOVES) window.removeEventListener(event, close);
    };
  }, [x, y]);
  const onKeyDown = (event: KeyboardEvent) => {
    const all = [...menu.current!.children] as HTMLElement[];
    const now = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowUp: now - 1, ArrowDown: now + 1, Home: 0, End: -1 }[event.key];
    if (to !== undefined) all.at(to % all.length)!.focus();
    else if (event.key === "Escape" || event.key === "Tab") onClose(true);
    else return;
    event.preventDefault();
  };
  const onFocusOut = ({ relatedTarget }: FocusEvent) => {
    if (!menu.current?.contains(relatedTarget as Node | null)) onClose(false);
  };
  return (
    <div ref={menu} class="menu" role="menu" aria-label={label} onKeyDown={onKeyDown} onFocusOut={onFocusOut}>
      {items.map(({ title, onChoose }) => (
        <button
          key={title}
          type="button"
          role="menuitem"
          tabIndex={-1}
          onClick={() => {
            onClose(true);
            onChoose();
          }}
        >
          {title}
        </button>
      ))}
    </div>
  );
}
