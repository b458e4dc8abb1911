// masklens devices: finds out which devices can run graphs on this machine by running a graph on each.

import { DEVICES, type DeviceState, probe } from "../worker/devices.ts";
import { type Command, JSON_FLAG } from "./command.ts";
import { startCompute } from "./compute.ts";
import { table } from "./table.ts";
import { print, printJson } from "./terminal.ts";

export const command: Command = {
  summary: "show which devices work on this machine, and why the others do not",
  usage: ["devices [--json]"],
  about:
    "Runs a small computation on each kind of device, each in its own process, because a failing driver can crash its process.",
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
