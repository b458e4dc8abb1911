// Which device "auto" stands for: the fastest that passed its last trial and was faster than the CPU in it.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { writeAtomic } from "../files.ts";
import { isJsonObject } from "../json.ts";
import { RECORD, supportEnvironment, TRIED } from "./cuda/support.ts";
import { RUNTIME } from "./cuda/wheels.ts";
import type { Probe } from "./probe.ts";

type Trial = Pick<Probe, "works" | "secondsPerStep" | "cpuSecondsPerStep"> & { readonly device: string };

/** A device must be this much faster than the CPU, because trials are short. */
const FASTER = 0.8;

/** With what devices were tried: the runtime and the CUDA support. What was tried with others does not count. */
function identity(cuda: string): string {
  const record = path.join(cuda, RECORD);
  const support = existsSync(record) ? createHash("sha256").update(readFileSync(record)).digest("hex") : "none";
  return `${RUNTIME} ${support}`;
}

/** Keeps what was found out about the devices, in the folder of CUDA support. */
export async function recordDevices(cuda: string, states: readonly Trial[]): Promise<void> {
  const devices = states.map(({ device, works, secondsPerStep, cpuSecondsPerStep }) => ({
    ...{ device, works, secondsPerStep, cpuSecondsPerStep },
  }));
  await mkdir(cuda, { recursive: true });
  const text = `${JSON.stringify({ identity: identity(cuda), devices })}\n`;
  await writeAtomic(path.join(cuda, TRIED), [Buffer.from(text)]);
}

/**
 * The device that "auto" stands for; "cpu" where none was tried since MaskLens or its CUDA support changed. WebGPU counts only
 * where there is a GPU, because it also runs over software devices, which do not say so.
 */
export function autoDevice(cuda: string, hasGpu: boolean = isGpuThere()): string {
  const [best] = triedIn(cuda)
    .flatMap(({ device, works, secondsPerStep, cpuSecondsPerStep }) => {
      const ratio = secondsPerStep && cpuSecondsPerStep ? secondsPerStep / cpuSecondsPerStep : Number.POSITIVE_INFINITY;
      const isEligible = works && device !== "cpu" && ratio <= FASTER && (device !== "webgpu" || hasGpu);
      return isEligible ? [{ device, ratio }] : [];
    })
    .sort((a, b) => a.ratio - b.ratio);
  return best?.device ?? "cpu";
}

/** Whether there is a GPU that graphics drivers use; outside Linux, this is not known and assumed. */
function isGpuThere(): boolean {
  if (process.platform !== "linux") return true;
  const nodes = existsSync("/dev/dri") ? readdirSync("/dev/dri") : [];
  return nodes.some((name) => name.startsWith("renderD")) || existsSync("/dev/dxg");
}

/** The variables of a compute process: where CUDA support is, and what "auto" stands for. */
export function computeEnvironment(cuda: string, environment: NodeJS.ProcessEnv): Record<string, string> {
  return { ...supportEnvironment(cuda, environment), MASKLENS_AUTO: autoDevice(cuda) };
}

function triedIn(cuda: string): Trial[] {
  try {
    const tried: unknown = JSON.parse(readFileSync(path.join(cuda, TRIED), "utf8"));
    if (!isJsonObject(tried) || tried.identity !== identity(cuda) || !Array.isArray(tried.devices)) return [];
    return tried.devices.filter(isJsonObject) as unknown as Trial[];
  } catch {
    return [];
  }
}
