// Stop: stops a run at a checkpoint.

import { type Command, filesOf } from "../ui/command.ts";
import { folderOf } from "./found.ts";
import { pickRunning } from "./pick.ts";
import type { Runs } from "./runs.ts";

export const stopCommand =
  (runs: Runs): Command =>
  async (given) => {
    for (const folder of given ? [folderOf(filesOf(given)[0])!] : await pickRunning(runs)) runs.stop(folder);
  };
