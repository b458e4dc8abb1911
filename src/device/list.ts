// The devices of this machine: what they are, and whether they work.

import { cpus, totalmem } from "node:os";
import type { WorkerClient } from "../worker/client.ts";
import type { Requests } from "../worker/protocol.ts";
import { cudaProblem } from "./cuda/problem.ts";
import { failed, type Probe, probe } from "./probe.ts";
import { said } from "./programs.ts";

/** What is known of a device without using it; null: unknown. */
export interface Hardware {
  /** As options name it: "cpu", "webgpu", "cuda:0". */
  readonly device: string;
  readonly name: string | null;
  /** Bytes. */
  readonly memory: number | null;
  /** The driver's version. */
  readonly driver: string | null;
}

export interface DeviceState extends Hardware, Probe {}

/** The processor, WebGPU's default adapter, and the GPUs that nvidia-smi lists, of which the first is tried in any case. */
async function hardware(): Promise<Hardware[]> {
  const gpus = await nvidiaGpus();
  const unknown = { name: null, memory: null, driver: null };
  const threads = cpus();
  const name = threads[0] ? `${threads[0].model.trim()}, ${threads.length} threads` : null;
  return [
    { device: "cpu", name, memory: totalmem(), driver: null },
    { device: "webgpu", ...unknown },
    ...(gpus.length ? gpus : [{ device: "cuda:0", ...unknown }]),
  ];
}

/** None without a driver; the probe says why CUDA does not work. */
async function nvidiaGpus(): Promise<Hardware[]> {
  const query = ["--query-gpu=index,name,memory.total,driver_version", "--format=csv,noheader,nounits"];
  return gpusIn((await said("nvidia-smi", query)) ?? "");
}

/** The GPUs in nvidia-smi's answer: a line each of index, name, MiB, version of the driver. */
export function gpusIn(printed: string): Hardware[] {
  return [...printed.matchAll(/^(\d+), (.*), (\d+|\[.*\]), (\S+)\s*$/gm)].map(([, index, name, size, driver]) => ({
    ...{ device: `cuda:${index}`, name: name!, driver: driver! },
    memory: /^\d+$/.test(size!) ? Number(size) * 2 ** 20 : null,
  }));
}

interface Trying {
  /** Starts a compute process. */
  readonly start: () => WorkerClient<Requests>;
  /** Where CUDA support may be installed. */
  readonly cuda: string;
  /** A file of MaskLens, from which its core of ONNX Runtime is found. */
  readonly origin: string | URL;
}

/** Tries the devices one after another, because they would slow each other down. Never throws. */
export async function* tryDevices({ start, cuda, origin }: Trying): AsyncGenerator<DeviceState, void, void> {
  for (const one of await hardware()) {
    const problem = one.device.startsWith("cuda:") ? await cudaProblem(cuda, origin) : undefined;
    yield { ...one, ...(problem ? failed(problem) : await probe(one.device, start)) };
  }
}
