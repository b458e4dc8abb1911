// A square plot in SVG that can be focused, with a ring around the selected point.

import type { ComponentChildren } from "preact";

export const SIZE = 340;
export const EDGE = { low: 48, high: 12 };

interface SquareProps {
  readonly label: string;
  readonly look?: string;
  /** Where the ring is; undefined: nowhere. */
  readonly ring: { readonly x: number; readonly y: number } | undefined;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  /** The position of the pointer in SVG units. */
  readonly onPoint: (x: number, y: number) => void;
  readonly children: ComponentChildren;
}

export const Square = ({ label, look = "", ring, onKeyDown, onPoint, children }: SquareProps) => (
  <svg
    class={`chart scatter ${look}`}
    viewBox={`0 0 ${SIZE} ${SIZE}`}
    role="img"
    tabindex={0} // lower case: SVG attributes are case-sensitive
    aria-label={label}
    onKeyDown={onKeyDown}
    onPointerMove={({ clientX, clientY, currentTarget }) => {
      const box = currentTarget.getBoundingClientRect();
      onPoint(((clientX - box.left) / box.width) * SIZE, ((clientY - box.top) / box.height) * SIZE);
    }}
  >
    {children}
    <circle class="ring" r={7} visibility={ring ? "visible" : "hidden"} cx={ring?.x} cy={ring?.y} />
  </svg>
);
