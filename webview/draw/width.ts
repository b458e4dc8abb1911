// The width of an element, for drawings that fill it.

import type { RefObject } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";

/** In CSS pixels; 0 before the element is laid out. */
export function useWidth(element: RefObject<Element | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const measure = () => setWidth(element.current!.clientWidth);
    measure(); // in the same frame, so that nothing appears empty
    const observer = new ResizeObserver(measure);
    observer.observe(element.current!);
    return () => observer.disconnect();
  }, []);
  return width;
}
