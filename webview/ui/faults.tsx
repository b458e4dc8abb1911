// Shows errors on the page, including errors in handling a message.

import type { ComponentChildren } from "preact";
import { useErrorBoundary, useLayoutEffect } from "preact/hooks";
import * as l10n from "./l10n.ts";
import { Failure } from "./parts.tsx";
import { Store, useStore } from "./store.ts";

/** The latest error, shown until the next message or click, after which the page may work again. */
const faults = new Store({ what: "" });

function report(error: unknown): void {
  // A ResizeObserver loop causes an event without an error; it is only a warning.
  if (error) faults.change({ what: error instanceof Error ? error.message : String(error) });
}

export const forgetFault = () => faults.change({ what: "" });

/** Reports errors from now on. */
export function watchFaults(): void {
  window.addEventListener("error", ({ error }) => report(error));
  window.addEventListener("unhandledrejection", ({ reason }) => report(reason));
  window.addEventListener("click", forgetFault, { capture: true });
}

/** Draws the page, or reports the error if drawing fails. */
export function Guarded({ children }: { readonly children: ComponentChildren }) {
  const what = useStore(faults, (state) => state.what);
  const [broken, retry] = useErrorBoundary(report);
  useLayoutEffect(() => {
    if (!what) retry();
  }, [what]);
  return (
    <>
      {what && <Failure message={l10n.t("Something went wrong on this page ({0}). Close and reopen it.", what)} />}
      {broken ? null : children}
    </>
  );
}
