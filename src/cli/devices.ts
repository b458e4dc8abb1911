// masklens devices: tries each device of this machine by training on it; installs and removes CUDA support.

import { autoDevice, recordDevices } from "../device/auto.ts";
import { cudaFolder } from "../device/cuda/folder.ts";
import { remove } from "../device/cuda/install.ts";
import { type DeviceState, tryDevices } from "../device/list.ts";
import { InputError, messageOf } from "../errors.ts";
import { bytes } from "../numbers.ts";
import { quoted } from "../visible.ts";
import { type Command, JSON_FLAG } from "./command.ts";
import { startCompute } from "./compute.ts";
import { installCuda } from "./install-cuda.ts";
import { table } from "./tables/table.ts";
import { print, printJson, type Terminal } from "./terminal.ts";

export const command: Command = {
  summary: "show which devices work on this machine, and why the others do not; install CUDA support",
  usage: ["devices [--json]", "devices --install cuda [--from DIR] [--python FILE] [--yes]", "devices --remove cuda"],
  about:
    "Trains a small model for ten steps on each device and on the CPU, each in its own process, because a failing driver can crash its process. A device works if its losses are within 0.1 % of the CPU's. CUDA support is Microsoft's CUDA provider for ONNX Runtime and NVIDIA's libraries that it needs, about 770 MB, which pip downloads after you agree; your Python stays as it is.",
  flags: {
    install: { value: "cuda", explanation: "install what ONNX Runtime needs for NVIDIA's GPUs (Linux x64)" },
    from: { value: "DIR", explanation: "take the wheels from this folder instead of downloading them" },
    python: { value: "FILE", explanation: "the Python whose pip downloads (default: the one on the path)" },
    yes: { explanation: "agree to the download without being asked" },
    remove: { value: "cuda", explanation: "remove what --install cuda installed" },
    json: JSON_FLAG,
  },
  examples: [["masklens devices --install cuda", "asks before it downloads, and resumes if it was interrupted"]],
  flagsOnly: true,
  async run({ given }, terminal) {
    for (const flag of ["install", "remove"])
      if (given.has(flag) && given.get(flag) !== "cuda")
        throw new InputError(`--${flag} ${quoted(given.get(flag))} is unknown`, {}, `write --${flag} cuda`);
    for (const flag of ["from", "python", "yes"])
      if (given.has(flag) && !given.has("install"))
        throw new InputError(`--${flag} belongs to --install`, {}, `write --install cuda --${flag}`);
    if (given.has("install") && given.has("remove"))
      throw new InputError("--install and --remove exclude each other", {}, "write one of them");
    if (given.has("install"))
      return installCuda({ from: given.get("from"), python: given.get("python"), agreed: given.has("yes") }, terminal);
    if (given.has("remove")) {
      const folder = cudaFolder();
      await remove(folder);
      return print(terminal.out, `CUDA support is removed from ${folder}\n`);
    }
    const states: DeviceState[] = [];
    const trying = { start: () => startCompute(), cuda: cudaFolder(), origin: import.meta.url };
    for await (const state of tryDevices(trying)) states.push(state);
    if (given.has("json")) {
      printJson(terminal, states);
      return record(states, { ...terminal, out: terminal.err });
    }
    print(terminal.out, table(["device", "", "hardware", "s/step", "CPU s/step"], states.map(rowOf), [0, 1, 2]));
    for (const { device, reason, remedy } of states)
      if (reason !== null) print(terminal.out, `\n${device} does not work: ${reason}; ${remedy}.\n`);
    await record(states, terminal);
  },
};

/** Saves the results for --device auto, and says what that is now. */
async function record(states: readonly DeviceState[], { out, err }: Terminal): Promise<void> {
  try {
    await recordDevices(cudaFolder(), states);
  } catch (error) {
    print(err, `\nThe results cannot be saved, so --device auto stays as it is: ${messageOf(error)}\n`);
  }
  print(out, `\nFrom now on, --device auto is ${autoDevice(cudaFolder())}.\n`);
}

function rowOf({ device, works, name, memory, driver, secondsPerStep, cpuSecondsPerStep }: DeviceState): string[] {
  const parts = [name, memory === null ? null : bytes(memory), driver === null ? null : `driver ${driver}`];
  const hardware = parts.filter((part) => part !== null).join(", ");
  const seconds = [secondsPerStep, cpuSecondsPerStep].map((time) => (time === null ? "" : time.toFixed(4)));
  return [device, works ? "works" : "does not work", hardware || "unknown", ...seconds];
}
