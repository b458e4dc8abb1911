// Starts the compute processes of a study, one per cell.

import { computeEnvironment } from "../../../device/auto.ts";
import { WorkerClient } from "../../../worker/client.ts";
import type { Requests } from "../../../worker/protocol.ts";
import type { ThreadData } from "./requests.ts";

export type StartCompute = () => WorkerClient<Requests>;

export function computeStarter({ script, cuda }: ThreadData): StartCompute {
  return () =>
    new WorkerClient<Requests>({ script, background: true, environment: computeEnvironment(cuda, process.env) });
}
