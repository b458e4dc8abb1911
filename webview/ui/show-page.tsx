// The one way to put a page on the screen.

import { type ComponentChildren, options, render } from "preact";
import { Guarded, watchFaults } from "./faults.tsx";
import { makePlain } from "./text.ts";

/** Shows a page. From then on changes of state are drawn together, at most once a frame. */
export function showPage(page: ComponentChildren): void {
  options.vnode = makePlain;
  options.debounceRendering = requestAnimationFrame;
  watchFaults();
  render(<Guarded>{page}</Guarded>, document.getElementById("page")!);
}
