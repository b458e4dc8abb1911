// Highlights the head, matrix or pair under the pointer in all grids, lists and plots at once.

import { useLayoutEffect } from "preact/hooks";
import { Store, useStore } from "../ui/store.ts";

const pointed = new Store<{ readonly name: string | undefined }>({ name: undefined });

/** Highlights everything called `name`; clears the highlight if `name` is undefined. */
export function pointAt(name?: string): void {
  if (pointed.state.name !== name) pointed.change({ name });
}

/** Whether elements with this name are highlighted. The highlight ends when such an element is removed. */
export function usePointed(name: string | undefined): boolean {
  useLayoutEffect(
    () => () => {
      if (pointed.state.name === name) pointAt();
    },
    [name],
  );
  return useStore(pointed, (state) => name !== undefined && state.name === name);
}

interface CellLinkProps {
  readonly text: string;
  /** The name of the cell. */
  readonly name: string;
  /** Whether the cell is marked; null: unknown. */
  readonly marked: boolean | null;
  readonly onOpen: () => void;
}

/** A link that opens the same view as the cell called `name`, followed by the cell's mark. */
export function CellLink({ text, name, marked, onOpen }: CellLinkProps) {
  const isPointed = usePointed(name);
  const point = () => pointAt(name);
  const clear = () => pointAt();
  return (
    <span>
      <button
        type="button"
        class={isPointed ? "link pointed" : "link"}
        onMouseEnter={point}
        onMouseLeave={clear}
        onFocus={point}
        onBlur={clear}
        onClick={onOpen}
      >
        {text}
      </button>
      {marked && <span class="mark">●</span>}
    </span>
  );
}
