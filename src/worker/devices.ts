// Where graphs can run on this machine, tried and not guessed.

import { InputError, messageOf } from "../errors.ts";
import type { WorkerClient } from "./client.ts";
import type { Requests } from "./protocol.ts";

/** Those that are tried: the first of each kind. */
export const DEVICES = ["cpu", "webgpu", "cuda:0"] as const;

export interface DeviceState {
  readonly device: string;
  readonly works: boolean;
  /** Why it does not; null where it does. */
  readonly reason: string | null;
  /** All that the runtime and the driver said of that; null where it works. */
  readonly details: string | null;
}

/** What a driver that hangs may take, in milliseconds. */
const PATIENCE = 30_000;
/** What is printed of a library that is missing, which the error itself does not name. */
const MISSING = /([^\s/:]+\.so[.\d]*): cannot open shared object file/;

/** Tries a device in a compute process of its own, since a driver that fails may take its process along. */
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
  await compute.close(); // then all that it printed is here
  if (failure === undefined) return { device, works: true, reason: null, details: null };
  const { printed } = compute;
  const input = failure instanceof InputError ? failure : undefined;
  const missing = MISSING.exec(printed)?.[1];
  const what = input?.what ?? messageOf(failure);
  const said = missing && !what.includes(missing) ? `${what} (${missing} is missing)` : what;
  const details = [messageOf(input?.cause ?? failure).trim(), printed].filter(Boolean).join("\n");
  return { device, works: false, reason: hangs ? `no response within ${patience / 1000} s` : said, details };
}
