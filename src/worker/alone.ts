// One request to a compute process of its own, so that a crash concerns nothing else.

import type { Asking } from "./channel.ts";
import type { WorkerClient } from "./client.ts";
import type { Requests } from "./protocol.ts";

/** Asks a new compute process, and ends it. */
export async function askAlone<N extends keyof Requests>(
  compute: WorkerClient<Requests>,
  name: N,
  params: Requests[N]["params"],
  asking: Asking<Requests[N]["event"]>,
): Promise<Requests[N]["answer"]> {
  try {
    return await compute.ask(name, params, asking);
  } finally {
    await compute.close();
  }
}

/** The same, but the process is killed as soon as the signal fires, for work whose state is not needed. */
export async function askBriefly<N extends keyof Requests>(
  compute: WorkerClient<Requests>,
  name: N,
  params: Requests[N]["params"],
  { signal, ...asking }: Asking<Requests[N]["event"]>,
): Promise<Requests[N]["answer"]> {
  const kill = () => compute.kill();
  signal?.addEventListener("abort", kill);
  try {
    if (signal?.aborted) kill();
    return await askAlone(compute, name, params, asking);
  } finally {
    signal?.removeEventListener("abort", kill);
  }
}
