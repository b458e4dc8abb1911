// The devices that graphs run on, and how a session is told to use one.

import { InputError } from "../errors.ts";
import type { Dialect } from "../graph/onnx-parts.ts";
import type { Precision } from "../graph/precision.ts";
import type { Api } from "./api.ts";
import type { Pointer } from "./functions.ts";
import type { Owned } from "./owned.ts";

/** A device that graphs run on. An unavailable GPU is an error; MaskLens never falls back to the CPU silently. */
export type Device = "cpu" | "webgpu" | `cuda:${number}`;

/** How a graph is written for a device. */
export function dialectOf(device: Device, precision: Precision): Dialect {
  const isCuda = device.startsWith("cuda:");
  if (precision === "bfloat16") return isCuda ? "bfloat16" : "rounded";
  return isCuda ? "any" : device === "webgpu" ? "webgpu" : "cpu";
}

/** The variable that cuBLAS reads when it is loaded: "0" forbids TF32 in this process. */
const TF32_OVERRIDE = "NVIDIA_TF32_OVERRIDE";

/**
 * By default the CUDA provider multiplies float32 matrices in TF32 (10-bit mantissas); the losses of ten steps of a tiny
 * model then differ from the CPU's in the second digit (docs/gpu.md). So it is forbidden twice, to the provider and to cuBLAS,
 * unless the precision asks for it. Throws an InputError if this process has forbidden it already.
 */
export function useDevice(api: Api, options: Pointer<"SessionOptions">, device: Device, precision: Precision): void {
  if (device === "webgpu") api.call("SessionOptionsAppendExecutionProvider", options, "WebGPU", [], [], 0);
  if (!device.startsWith("cuda:")) return;
  const tf32 = precision === "tf32";
  if (!tf32) process.env[TF32_OVERRIDE] ??= "0";
  else if (process.env[TF32_OVERRIDE] === "0")
    throw new InputError(
      `precision tf32 is not possible: this process multiplies in float32 (${TF32_OVERRIDE} is 0)`,
      { at: `device ${device}` },
      `start the run when no other one trains, without ${TF32_OVERRIDE} in the environment`,
    );
  const cuda = api.make("CreateCUDAProviderOptions");
  try {
    // By default, an arena grows by powers of two, so that each may hold twice what it needs.
    const given = { device_id: device.slice(5), use_tf32: tf32 ? "1" : "0", arena_extend_strategy: "kSameAsRequested" };
    const [keys, values] = [Object.keys(given), Object.values(given)];
    api.call("UpdateCUDAProviderOptions", cuda.pointer, keys, values, keys.length);
    api.call("SessionOptionsAppendExecutionProvider_CUDA_V2", options, cuda.pointer);
  } finally {
    cuda.release();
  }
}

/** OrtAllocatorType and OrtMemType. */
const ARENA = 1;
const DEFAULT_MEMORY = 0;

/** Describes a device's memory, by the name that the runtime knows it under. */
export function memoryOf(api: Api, device: Device): Owned<"MemoryInfo"> {
  const [name, index] =
    device === "cpu" ? ["Cpu", 0] : device === "webgpu" ? ["WebGPU_Buf", 0] : ["Cuda", Number(device.slice(5))];
  return api.make("CreateMemoryInfo", name as string, ARENA, index as number, DEFAULT_MEMORY);
}
