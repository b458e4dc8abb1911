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
}

/** What a driver that hangs may take, in milliseconds. */
const PATIENCE = 30_000;

/** Tries a device in a compute process of its own, since a driver that fails may take its process along. */
export async function probe(device: string, start: () => WorkerClient<Requests>): Promise<DeviceState> {
  const compute = start();
  const patience = setTimeout(() => compute.kill(), PATIENCE);
  try {
    await compute.ask("probe", { device });
    return { device, works: true, reason: null };
  } catch (error) {
    return { device, works: false, reason: error instanceof InputError ? error.what : messageOf(error) };
  } finally {
    clearTimeout(patience);
    await compute.close();
  }
}
