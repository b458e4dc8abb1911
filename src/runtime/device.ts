// The devices that graphs run on, and how a session is told to use one.

import type { Api } from "./api.ts";
import type { Pointer } from "./functions.ts";
import type { Owned } from "./owned.ts";

/** A device that graphs run on. An unavailable GPU is an error; MaskLens never falls back to the CPU silently. */
export type Device = "cpu" | "webgpu" | `cuda:${number}`;

/**
 * By default the CUDA provider multiplies float32 matrices in TF32 (10-bit mantissas); the losses of ten steps of a tiny
 * model then differ from the CPU's in the second digit (docs/gpu.md). cuBLAS reads NVIDIA_TF32_OVERRIDE when it is loaded;
 * users who set it to 1 get TF32.
 */
export function useDevice(api: Api, options: Pointer<"SessionOptions">, device: Device): void {
  if (device === "webgpu") api.call("SessionOptionsAppendExecutionProvider", options, "WebGPU", [], [], 0);
  if (!device.startsWith("cuda:")) return;
  process.env.NVIDIA_TF32_OVERRIDE ??= "0";
  const cuda = api.make("CreateCUDAProviderOptions");
  try {
    api.call("UpdateCUDAProviderOptions", cuda.pointer, ["device_id"], [device.slice(5)], 1);
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
