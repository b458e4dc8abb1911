// When a page is redrawn: at most once per frame, and when the theme changes.

/** A function that schedules `draw` for the next frame, at most once per frame; delayed while a dropdown is open. */
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

/** Calls back when the editor changes the theme, which is a class of the body. */
export function onThemeChange(draw: () => void): void {
  new MutationObserver(draw).observe(document.body, { attributes: true, attributeFilter: ["class"] });
}
