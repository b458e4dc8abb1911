// The width of an element and where it begins, for drawings that fill the room there.

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

/** The distance from the page's top in CSS pixels, which changes when what is above grows or shrinks; 0 before the layout. */
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
