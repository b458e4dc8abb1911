// Signals that stop the command line: Ctrl+C, SIGTERM and SIGHUP. The exit code shows which signal it was, as
// usual in shells.

import { constants } from "node:os";

const STOPPING = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type Stopping = (typeof STOPPING)[number];

let first: Stopping = "SIGINT";

/** Calls `stop` on each of these signals instead of exiting, until the returned function is called. */
export function onStop(stop: (signal: Stopping, again: boolean) => void): () => void {
  let again = false;
  const listener = (signal: NodeJS.Signals) => {
    if (!again) first = signal as Stopping;
    stop(signal as Stopping, again);
    again = true;
  };
  for (const signal of STOPPING) process.on(signal, listener);
  return () => {
    for (const signal of STOPPING) process.off(signal, listener);
  };
}

/** The exit code after a signal: 130 for Ctrl+C, 143 for SIGTERM, 129 for SIGHUP. */
export const stopCode = (): number => 128 + constants.signals[first];
