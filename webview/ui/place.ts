// Drawing a page anew leaves a person where they were: what is scrolled, what is locked, and the focus.

type Shown = HTMLElement | SVGElement;

/** Finds again what `element` was once `page` is drawn anew: by its id, else by its place. */
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

/** Cells are of one grid that has one name. */
const gridOf = (cell: Element): string | null | undefined => cell.closest("table")?.getAttribute("aria-label");

/** Draws `page` anew and gives back what a person did there. */
export function keepingPlace(page: HTMLElement, draw: () => void): void {
  const focused = finder(page, document.activeElement);
  const scrolled = [...page.querySelectorAll("section, div, pre")]
    .filter(({ scrollLeft, scrollTop }) => scrollLeft || scrollTop)
    .map((element) => ({ find: finder(page, element), left: element.scrollLeft, top: element.scrollTop }));
  const locked = [...page.querySelectorAll(".locked")].map((cell) => ({
    find: finder(page, cell),
    grid: gridOf(cell),
  }));
  // What has its height a moment later, like a matrix, must not shorten the page, which would scroll it.
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
  if (document.hasFocus()) focused()?.focus({ preventScroll: true }); // who has left the page types elsewhere
}
