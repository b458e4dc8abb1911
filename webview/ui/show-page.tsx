// Starts a page. All pages start here.

import { type ComponentChildren, options, render } from "preact";
import { Announcements } from "./announce.tsx";
import { forgetFault, Guarded, watchFaults } from "./faults.tsx";
import { GoneNote, hearGone } from "./gone.tsx";
import { post } from "./host.ts";
import { makePlain } from "./text.ts";

/** Shows a page, calls `hear` with each message from the host, and reports to the host that the page is ready. */
export function showPage<M extends { readonly type: string }>(
  page: ComponentChildren,
  hear: (message: M) => void,
): void {
  options.vnode = makePlain;
  watchFaults();
  render(
    <Guarded>
      <GoneNote />
      {page}
      <Announcements />
    </Guarded>,
    document.getElementById("page")!,
  );
  hearTogether(hear);
  post({ type: "ready" });
}

/**
 * Handles all messages that arrive between two frames together, and draws their changes in one frame. Changes by the user are
 * drawn immediately instead, so that the next key or click acts on the resulting state.
 */
function hearTogether<M extends { readonly type: string }>(hear: (message: M) => void): void {
  let waiting: M[] = [];
  const hearAll = () => {
    const all = waiting;
    waiting = [];
    forgetFault(); // the error may not recur with the new messages
    for (const message of all) {
      try {
        if (!hearGone(message)) hear(message);
      } catch (error) {
        reportError(error); // and go on to the next message
      }
    }
  };
  window.addEventListener("message", ({ data }) => {
    if (typeof data !== "object" || data === null || typeof data.type !== "string") return;
    if (waiting.push(data as M) === 1) requestAnimationFrame(hearAll);
  });
}
