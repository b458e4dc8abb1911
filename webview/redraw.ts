// When a page is drawn anew: once a frame however much there is to show, and when the theme changes.

/** A function that asks for `draw` at the next frame, once however often it is called. */
export function onceAFrame(draw: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      draw();
    });
  };
}

/** Colours follow the theme: the editor names it in the body's classes. */
export function onThemeChange(draw: () => void): void {
  new MutationObserver(draw).observe(document.body, { attributes: true, attributeFilter: ["class"] });
}
