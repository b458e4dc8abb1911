// The width and the position of an element, for drawings that fill the available space.

import type { RefObject } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";

/** The width in CSS pixels; 0 before the element is laid out. */
export function useWidth(element: RefObject<Element | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const measure = () => setWidth(element.current!.clientWidth);
    measure(); // in the same frame, so that the drawing never appears empty
    const observer = new ResizeObserver(measure);
    observer.observe(element.current!);
    return () => observer.disconnect();
  }, []);
  return width;
}

/** The distance from the top of the page in CSS pixels, updated when the page's height changes; 0 before the first layout. */
export function useTop(element: RefObject<Element | null>): number {
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(() =>
      setTop(Math.round(element.current!.getBoundingClientRect().top + window.scrollY)),
    );
    observer.observe(document.body);
    return () => observer.disconnect();
  }, []);
  return top;
}
