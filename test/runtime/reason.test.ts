import assert from "node:assert/strict";
import { test } from "node:test";
import { problemOf } from "../../src/runtime/reason.ts";

/** The runtime's messages as they came with a real provider, and what the user is told. Those marked * are after its source. */
const SAID: readonly (readonly [said: string, what: string, remedy: RegExp])[] = [
  [
    "/onnxruntime_src/onnxruntime/core/session/provider_bridge_ort.cc:1988 onnxruntime::Provider& onnxruntime::ProviderLibrary::Get() [ONNXRuntimeError] : 1 : FAIL : Failed to load library /p/bin/libonnxruntime_providers_cuda.so with error: /p/bin/libonnxruntime_providers_cuda.so: cannot open shared object file: No such file or directory",
    "CUDA support is not installed",
    /^install CUDA support/,
  ],
  [
    "Failed to load library /c/libonnxruntime_providers_cuda.so with error: libcublasLt.so.13: cannot open shared object file: No such file or directory",
    "CUDA's library libcublasLt.so.13 is missing",
    /^install CUDA support/,
  ],
  [
    "Failed to load library /c/libonnxruntime_providers_cuda.so with error: libcuda.so.1: cannot open shared object file: No such file or directory",
    "NVIDIA's driver is missing (libcuda.so.1)",
    /^install NVIDIA's driver, version 580 or later/,
  ],
  [
    "Failed to load library /c/libonnxruntime_providers_cuda.so with error: /c/libonnxruntime_providers_cuda.so: file too short",
    "a file of CUDA support is damaged",
    /^install CUDA support/,
  ],
  [
    "Failed to load library /c/libonnxruntime_providers_cuda.so with error: /c/libonnxruntime_providers_cuda.so: undefined symbol: cuTensorMapEncodeTiled",
    "NVIDIA's driver is too old for CUDA 13",
    /^install NVIDIA's driver, version 580 or later/,
  ],
  [
    'provider_options_utils.h:187 Parse Failed to parse provider option "device_id": CUDA failure 100: no CUDA-capable device is detected ; GPU=-1 ; hostname=vm ; file=/onnxruntime_src/onnxruntime/core/providers/cuda/cuda_execution_provider_info.cc ; line=69 ; expr=cudaGetDeviceCount(&num_devices);',
    "NVIDIA's driver finds no GPU",
    /^check that nvidia-smi lists the GPU/,
  ],
  // *
  ["CUDA failure 101: invalid device ordinal ; GPU=-1", "there is no GPU with this number", /masklens devices lists/],
  [
    "CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version ; GPU=-1",
    "NVIDIA's driver is too old for CUDA 13",
    /580/,
  ],
  [
    "Failed to allocate memory for requested buffer of size 4831838208",
    "the GPU has too little free memory for this",
    /^use a smaller batchSize or maxLength/,
  ],
  [
    "CUDA failure 2: out of memory ; GPU=0 ; hostname=h",
    "the GPU has too little free memory for this",
    /a run can be resumed$/,
  ],
  [
    "CUDA failure 719: unspecified launch failure ; GPU=0",
    "the GPU failed in a computation (CUDA failure 719)",
    /resume the run from its checkpoint$/,
  ],
  ["VK_ERROR_DEVICE_LOST", "the GPU failed in a computation (VK_ERROR_DEVICE_LOST)", /resume the run/],
  [
    "Failed to get a WebGPU adapter: No supported adapters",
    "Failed to get a WebGPU adapter: No supported adapters",
    /^use the CPU, or another device/,
  ],
];

for (const [said, what, remedy] of SAID)
  test(`${what}: ${said.slice(-60)}`, () => {
    const problem = problemOf(said);
    assert.equal(problem.what, what);
    assert.match(problem.remedy, remedy);
  });
