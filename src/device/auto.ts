// Which device "auto" stands for: the fastest that passed its last trial and was faster than the CPU in it.

import { readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { writeAtomic } from "../files.ts";
import { supportEnvironment } from "./cuda/support.ts";
import { RUNTIME } from "./cuda/wheels.ts";
import type { Probe } from "./probe.ts";

/** What is kept of the trials of a machine's devices. */
interface Tried {
  /** The version of ONNX Runtime with which they were tried. */
  readonly runtime: string;
  readonly devices: readonly Pick<DeviceTrial, "device" | "works" | "secondsPerStep" | "cpuSecondsPerStep">[];
}

type DeviceTrial = Probe & { readonly device: string };

/** A device must be this much faster than the CPU, because trials are short. */
const FASTER = 0.8;

const fileBeside = (cuda: string) => path.join(path.dirname(cuda), "devices.json");

/** Keeps what was found out about the devices, beside the folder of CUDA support. */
export async function recordDevices(cuda: string, states: readonly DeviceTrial[]): Promise<void> {
  const devices = states.map(({ device, works, secondsPerStep, cpuSecondsPerStep }) => ({
    ...{ device, works, secondsPerStep, cpuSecondsPerStep },
  }));
  const tried: Tried = { runtime: RUNTIME, devices };
  await mkdir(path.dirname(cuda), { recursive: true });
  await writeAtomic(fileBeside(cuda), [Buffer.from(`${JSON.stringify(tried)}\n`)]);
}

/** Forgets it: CUDA support has been installed or removed. */
export const forgetDevices = (cuda: string): Promise<void> => rm(fileBeside(cuda), { force: true });

/** The device that "auto" stands for; "cpu" where none was tried since MaskLens or its CUDA support changed. */
export function autoDevice(cuda: string): string {
  const { runtime, devices } = triedBeside(cuda) ?? { runtime: "", devices: [] };
  if (runtime !== RUNTIME) return "cpu";
  const ratio = ({ secondsPerStep, cpuSecondsPerStep }: Tried["devices"][number]) =>
    secondsPerStep === null || !cpuSecondsPerStep ? Number.POSITIVE_INFINITY : secondsPerStep / cpuSecondsPerStep;
  const [best] = devices
    .filter((one) => one.works && one.device !== "cpu" && ratio(one) <= FASTER)
    .sort((a, b) => ratio(a) - ratio(b));
  return best?.device ?? "cpu";
}

/** The variables of a compute process: where CUDA support is, and what "auto" stands for. */
export function computeEnvironment(cuda: string, environment: NodeJS.ProcessEnv): Record<string, string> {
  return { ...supportEnvironment(cuda, environment), MASKLENS_AUTO: autoDevice(cuda) };
}

function triedBeside(cuda: string): Tried | undefined {
  try {
    const tried = JSON.parse(readFileSync(fileBeside(cuda), "utf8")) as Tried;
    return Array.isArray(tried.devices) ? tried : undefined;
  } catch {
    return undefined;
  }
}
