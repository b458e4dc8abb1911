// Errors on pages that are drawn as a whole.

import { t } from "./host.ts";
import { failure } from "./parts.ts";

let fault: HTMLElement | undefined;

/** Shows uncaught errors on the page, including those caused by a message it cannot handle. */
function sayFault(error: unknown): void {
  if (!error) return; // a ResizeObserver notification deferred to the next frame
  const what = error instanceof Error ? error.message : String(error);
  fault?.remove();
  fault = failure(t("Something went wrong on this page ({0}). Close and reopen it.", what));
  document.getElementById("page")?.prepend(fault);
}

/** Reports errors from now on. */
export function sayFaults(): void {
  window.addEventListener("error", ({ error }) => sayFault(error));
  window.addEventListener("unhandledrejection", ({ reason }) => sayFault(reason));
}
