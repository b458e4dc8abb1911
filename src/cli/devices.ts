// masklens devices: where graphs can run on this machine, tried and not guessed.

import { DEVICES, type DeviceState, probe } from "../worker/devices.ts";
import { type Command, JSON_FLAG } from "./command.ts";
import { startCompute } from "./compute.ts";
import { table } from "./table.ts";
import { print, printJson } from "./terminal.ts";

export const command: Command = {
  summary: "which devices can compute here, and why the others cannot",
  usage: ["devices [--json]"],
  about:
    "Computes a little on each kind of device, each in a process of its own, since a driver that fails may take its process along.",
  flags: { json: JSON_FLAG },
  examples: [],
  flagsOnly: true,
  async run({ given }, terminal) {
    const states: DeviceState[] = [];
    for (const device of DEVICES) states.push(await probe(device, () => startCompute()));
    if (given.has("json")) return printJson(terminal, states);
    print(
      terminal.out,
      table(
        ["", "", ""],
        states.map(({ device, works, reason }) => [device, works ? "works" : "does not work", reason ?? ""]),
        [0, 1, 2],
      ),
    );
  },
};
