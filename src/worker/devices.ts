// Tests which devices can run graphs on this machine.

import { InputError, messageOf } from "../errors.ts";
import type { WorkerClient } from "./client.ts";
import type { Requests } from "./protocol.ts";

/** The devices to test: the first of each kind. */
export const DEVICES = ["cpu", "webgpu", "cuda:0"] as const;

export interface DeviceState {
  readonly device: string;
  readonly works: boolean;
  /** Why the device does not work; null if it works. */
  readonly reason: string | null;
  /** The full output of the runtime and the driver; null if the device works. */
  readonly details: string | null;
}

/** How long to wait for a hanging driver, in milliseconds. */
const PATIENCE = 30_000;
/** Matches the printed line about a missing library, which the error itself does not name. */
const MISSING = /([^\s/:]+\.so[.\d]*): cannot open shared object file/;

/** Tests a device in a separate compute process, since a failing driver may crash it. */
export async function probe(
  device: string,
  start: () => WorkerClient<Requests>,
  patience = PATIENCE,
): Promise<DeviceState> {
  const compute = start();
  let hangs = false;
  const timer = setTimeout(() => {
    hangs = true;
    compute.kill();
  }, patience);
  const failure = await compute.ask("probe", { device }).then(
    () => undefined,
    (error: unknown) => error,
  );
  clearTimeout(timer);
  await compute.close(); // after this, its output is complete
  if (failure === undefined) return { device, works: true, reason: null, details: null };
  const { printed } = compute;
  const input = failure instanceof InputError ? failure : undefined;
  const missing = MISSING.exec(printed)?.[1];
  const what = input?.what ?? messageOf(failure);
  const said = missing && !what.includes(missing) ? `${what} (${missing} is missing)` : what;
  const details = [messageOf(input?.cause ?? failure).trim(), printed].filter(Boolean).join("\n");
  return { device, works: false, reason: hangs ? `no response within ${patience / 1000} s` : said, details };
}
