// masklens devices: where graphs can run on this machine, tried and not guessed.

import { messageOf } from "../errors.ts";
import { type Command, JSON_FLAG } from "./command.ts";
import { startCompute } from "./compute.ts";
import { table } from "./table.ts";
import { printJson } from "./terminal.ts";

export interface DeviceState {
  readonly device: string;
  readonly works: boolean;
  /** Why it does not; null where it does. */
  readonly reason: string | null;
}

const DEVICES = ["cpu", "webgpu", "cuda:0"];
/** What a driver that hangs may take, in milliseconds. */
const PATIENCE = 30_000;

export const command: Command = {
  summary: "which devices can compute here, and why the others cannot",
  usage: ["devices [--json]"],
  about:
    "Computes a little on each kind of device, each in a process of its own, since a driver that fails may take its process along.",
  flags: { json: JSON_FLAG },
  examples: [],
  async run({ given }, terminal) {
    const states: DeviceState[] = [];
    for (const device of DEVICES) states.push(await probe(device));
    if (given.has("json")) return printJson(terminal, states);
    terminal.out.write(
      table(
        ["", "", ""],
        states.map(({ device, works, reason }) => [device, works ? "works" : "does not work", reason ?? ""]),
        [0, 1, 2],
      ),
    );
  },
};

/** Tries a device in a compute process that is ended afterwards, come what may. */
export async function probe(device: string): Promise<DeviceState> {
  const compute = startCompute();
  const patience = setTimeout(() => compute.kill(), PATIENCE);
  try {
    await compute.ask("probe", { device });
    return { device, works: true, reason: null };
  } catch (error) {
    return { device, works: false, reason: reasonOf(messageOf(error)) };
  } finally {
    clearTimeout(patience);
    await compute.close();
  }
}

/** The runtime's words in one line, without its source files and addresses. */
function reasonOf(message: string): string {
  return message
    .replace(/\/onnxruntime_src\/\S+/g, "")
    .replace(/\s+/g, " ")
    .trim();
}
