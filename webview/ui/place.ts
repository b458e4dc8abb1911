// Redrawing a page keeps scroll positions, pinned cells and the focus.

type Shown = HTMLElement | SVGElement;

/** Finds the counterpart of `element` after `page` was redrawn: by id, else by position. */
function finder(page: Element, element: Element | null): () => Shown | undefined {
  const path: number[] = [];
  for (let at = element; at && at !== page && page.contains(at); at = at.parentElement)
    path.unshift([...at.parentElement!.children].indexOf(at));
  return () => {
    const inPlace = path.reduce<Element | undefined>((at, place) => at?.children[place], page);
    const found = (element?.id && document.getElementById(element.id)) || inPlace;
    return path.length && (found instanceof HTMLElement || found instanceof SVGElement) ? found : undefined;
  };
}

/** The label of the grid a cell belongs to. */
const gridOf = (cell: Element): string | null | undefined => cell.closest("table")?.getAttribute("aria-label");

/** Redraws `page` and restores scroll positions, pinned cells and the focus. */
export function keepingPlace(page: HTMLElement, draw: () => void): void {
  const focused = finder(page, document.activeElement);
  const scrolled = [...page.querySelectorAll("section, div, pre")]
    .filter(({ scrollLeft, scrollTop }) => scrollLeft || scrollTop)
    .map((element) => ({ find: finder(page, element), left: element.scrollLeft, top: element.scrollTop }));
  const locked = [...page.querySelectorAll(".locked")].map((cell) => ({
    find: finder(page, cell),
    grid: gridOf(cell),
  }));
  // Elements that get their height later, like a matrix, must not shorten the page, which would scroll it.
  page.style.minHeight = `${page.offsetHeight}px`;
  draw();
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      page.style.minHeight = "";
    }),
  );
  for (const { find, left, top } of scrolled) find()?.scrollTo({ left, top, behavior: "instant" });
  for (const { find, grid } of locked) {
    const cell = find();
    if (cell && gridOf(cell) === grid) cell.dispatchEvent(new KeyboardEvent("keydown", { key: " " }));
  }
  if (document.hasFocus()) focused()?.focus({ preventScroll: true }); // a user who left the page is typing elsewhere
}
