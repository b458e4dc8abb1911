// Finds out whether a device can train on this machine, in a compute process of its own: a failing driver may crash it.

import { InputError, messageOf } from "../errors.ts";
import type { Problem } from "../runtime/reason.ts";
import type { WorkerClient } from "../worker/client.ts";
import { ProcessEnded } from "../worker/exit.ts";
import type { Requests } from "../worker/protocol.ts";

/** What a device did when it was tried. */
export interface Probe {
  readonly works: boolean;
  /** Why the device does not work, and what to do about it; null if it works. */
  readonly reason: string | null;
  readonly remedy: string | null;
  /** The full output of the runtime and the driver; null if the device works. */
  readonly details: string | null;
  /** The largest relative difference of ten training losses from the CPU's; null if there are none. */
  readonly difference: number | null;
  /** Seconds a training step took, here and on the CPU; null if none was timed. */
  readonly secondsPerStep: number | null;
  readonly cpuSecondsPerStep: number | null;
}

/** How long to wait for a hanging driver, in milliseconds. The first use of a GPU may compile its kernels. */
const PATIENCE = 120_000;
/** A device whose losses differ more from the CPU's computes something else. */
const CLOSE = 1e-3;
/** Matches the printed line about a missing library, which the error itself does not name. */
const MISSING = /([^\s/:]+\.so[.\d]*): cannot open shared object file/;

const CHECK = "check that the driver works, then try again; until then use another device";

/** A device about which nothing is known. */
const NOTHING = {
  ...{ reason: null, remedy: null, details: null },
  ...{ difference: null, secondsPerStep: null, cpuSecondsPerStep: null },
};

/** The state of a device that is known not to work without being tried. */
export const failed = ({ what, remedy }: Problem): Probe => ({ ...NOTHING, works: false, reason: what, remedy });

/** Trains on a device for a moment. Never throws. */
export async function probe(device: string, start: () => WorkerClient<Requests>, patience = PATIENCE): Promise<Probe> {
  const compute = start();
  let hangs = false;
  const timer = setTimeout(() => {
    hangs = true;
    compute.kill();
  }, patience);
  const answer = await compute.ask("probe", { device }).catch((error: unknown) => ({ error }));
  clearTimeout(timer);
  await compute.close(); // after this, its output is complete
  const { printed } = compute;
  if (!("error" in answer)) return judged(answer);
  const { error } = answer;
  const cause = error instanceof InputError ? (error.cause ?? error) : error;
  return {
    ...failed(hangs ? { what: `no response within ${patience / 1000} s`, remedy: CHECK } : problemIn(error, printed)),
    details: [messageOf(cause).trim(), printed].filter(Boolean).join("\n"),
  };
}

/** What an error says, with the library that the process has printed as missing. */
function problemIn(error: unknown, printed: string): Problem {
  const { what, remedy } =
    error instanceof InputError
      ? error
      : error instanceof ProcessEnded
        ? partsOf(messageOf(error))
        : { what: messageOf(error), remedy: CHECK };
  const missing = MISSING.exec(printed)?.[1];
  return { what: missing && !what.includes(missing) ? `${what} (${missing} is missing)` : what, remedy };
}

/** A sentence of what happened and what to do, in its two parts. */
function partsOf(sentence: string): Problem {
  const at = sentence.lastIndexOf("; ");
  return at < 0
    ? { what: sentence, remedy: CHECK }
    : { what: sentence.slice(0, at), remedy: sentence.slice(at + 2).replace(/\.$/, "") };
}

function judged({ losses, cpuLosses, ...times }: Requests["probe"]["answer"]): Probe {
  const differences = losses.map((loss, i) => Math.abs(loss - cpuLosses[i]!) / Math.abs(cpuLosses[i]!));
  const difference = Math.max(...differences);
  if (difference <= CLOSE) return { ...NOTHING, ...times, works: true, difference };
  return {
    ...{ ...NOTHING, ...times, works: false, difference },
    reason: Number.isNaN(difference)
      ? "its losses are not numbers"
      : `its losses differ from the CPU's by ${(100 * difference).toPrecision(2)} % within ten training steps`,
    remedy: "update the driver, and use another device until then",
    details: `losses ${losses.join(", ")}; on the CPU ${cpuLosses.join(", ")}`,
  };
}
