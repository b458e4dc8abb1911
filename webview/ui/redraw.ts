// When a page is drawn anew: once a frame however much there is to show, and when the theme changes.

/** A function that asks for `draw` at the next frame, once however often it is called; while a list stands open, later. */
export function onceAFrame(draw: () => void): () => void {
  let asked = false;
  const frame = () => {
    if (document.querySelector("vscode-dropdown[open]")) return void requestAnimationFrame(frame);
    asked = false;
    draw();
  };
  return () => {
    if (!asked) requestAnimationFrame(frame);
    asked = true;
  };
}

/** Colours follow the theme: the editor names it in the body's classes. */
export function onThemeChange(draw: () => void): void {
  new MutationObserver(draw).observe(document.body, { attributes: true, attributeFilter: ["class"] });
}
