// The one way to put a page on the screen.

import { type ComponentChildren, options, render } from "preact";
import { Announcements } from "./announce.tsx";
import { forgetFault, Guarded, watchFaults } from "./faults.tsx";
import { post } from "./host.ts";
import { makePlain } from "./text.ts";

/** Shows a page, calls `hear` with each message from the host, and reports to it that the page is ready. */
export function showPage<M extends { readonly type: string }>(
  page: ComponentChildren,
  hear: (message: M) => void,
): void {
  options.vnode = makePlain;
  watchFaults();
  render(
    <Guarded>
      {page}
      <Announcements />
    </Guarded>,
    document.getElementById("page")!,
  );
  hearTogether(hear);
  post({ type: "ready" });
}

/**
 * All messages that arrive between two frames are handled in one frame, and their changes are drawn in it. What the user
 * changes is drawn at once, so that the next key or click finds the state that the last one left.
 */
function hearTogether<M extends { readonly type: string }>(hear: (message: M) => void): void {
  let waiting: M[] = [];
  const hearAll = () => {
    const all = waiting;
    waiting = [];
    forgetFault(); // the new messages may be fine
    for (const message of all) {
      try {
        hear(message);
      } catch (error) {
        reportError(error); // still handles the others
      }
    }
  };
  window.addEventListener("message", ({ data }) => {
    if (typeof data !== "object" || data === null || typeof data.type !== "string") return;
    if (waiting.push(data as M) === 1) requestAnimationFrame(hearAll);
  });
}
