// What a user needs of the runtime's error messages, and what to do about those of a device.

import { INSTALL_CUDA } from "../remedies.ts";

/** What is wrong with a device, and what the user can do. */
export interface Problem {
  readonly what: string;
  readonly remedy: string;
  /** Whether the device's memory is full. */
  readonly isFull?: true;
}

/**
 * The runtime's message on one line, without details that only ONNX Runtime's developers need: source files, function
 * signatures, failed conditions, error codes, and the name of the machine.
 */
export function reasonOf(message: string): string {
  return message
    .replace(/\s+/g, " ")
    .replace(/^.* was false\. /, "")
    .replace(/^.*\[ONNXRuntimeError\] : \d+ : \w+ : /, "")
    .replace(/^.*(?=CUDA failure \d+: )/, "")
    .replace(/ ; GPU=.*$/, "")
    .replace(/^Ort\w+: /, "")
    .replace(/\/onnxruntime_src\/\S+/g, "")
    .trim();
}

const OTHER_DEVICE =
  "use the CPU, or another device that works (to test devices, run masklens devices, or Show Devices in the editor)";
const DRIVER = "install NVIDIA's driver, version 580 or later, restart, and check that nvidia-smi lists the GPU";
const ROOM = "use a smaller batchSize or maxLength, or end other programs that use the GPU; a run can be resumed";
const LOST =
  "restart the machine if masklens devices no longer lists the GPU as working, and resume the run from its checkpoint";

/** Causes of failures by what the runtime or the loader says; the first match wins. */
const KNOWN: readonly (readonly [RegExp, (match: RegExpExecArray) => Problem])[] = [
  [/(libcuda\.so\S*): cannot open/, () => ({ what: "NVIDIA's driver is missing (libcuda.so.1)", remedy: DRIVER })],
  [
    /(lib(?:cu|nv)\w*\.so[.\d]*): cannot open/,
    ([, library]) => ({ what: `CUDA's library ${library} is missing`, remedy: INSTALL_CUDA }),
  ],
  [
    /libonnxruntime_providers_\w+\.so: cannot open|providers_\w+\.so.*No such file/,
    () => ({ what: "CUDA support is not installed", remedy: INSTALL_CUDA }),
  ],
  [
    /file too short|invalid ELF header|ELF file|command past end|cannot read file data/,
    () => ({ what: "a file of CUDA support is damaged", remedy: INSTALL_CUDA }),
  ],
  [
    /undefined symbol: cu[A-Z]\w*|CUDA failure 35\b|insufficient for CUDA runtime/,
    () => ({ what: "NVIDIA's driver is too old for CUDA 13", remedy: DRIVER }),
  ],
  [
    /undefined symbol: (\w+)/,
    ([, symbol]) => ({ what: `a CUDA library on this machine is too old: it lacks ${symbol}`, remedy: INSTALL_CUDA }),
  ],
  [
    /CUDA failure 100\b|no CUDA-capable device/,
    () => ({
      what: "NVIDIA's driver finds no GPU",
      remedy:
        "check that nvidia-smi lists the GPU (a container must be started with --gpus all), and CUDA_VISIBLE_DEVICES",
    }),
  ],
  [
    /CUDA failure 101\b|invalid device ordinal/,
    () => ({ what: "there is no GPU with this number", remedy: "choose one that masklens devices lists" }),
  ],
  [
    /out of memory|CUDA failure 2\b|Failed to allocate memory|ALLOC_FAILED|Available memory of \d+ is smaller/,
    () => ({ what: "the GPU has too little free memory for this", remedy: ROOM, isFull: true }),
  ],
  [
    /CUDA failure (?:46|7\d\d|999)\b|VK_ERROR_DEVICE_LOST|device (?:was |is )?lost/i,
    ([found]) => ({ what: `the GPU failed in a computation (${found})`, remedy: LOST }),
  ],
];

/** What is wrong with a device and what to do, from a message of the runtime. */
export function problemOf(message: string): Problem {
  for (const [pattern, problem] of KNOWN) {
    const match = pattern.exec(message);
    if (match) return problem(match);
  }
  return { what: reasonOf(message), remedy: OTHER_DEVICE };
}
