// Unload Mask

import { type Command, filesOf } from "../ui/command.ts";
import type { Loads } from "./loads.ts";
import { pickLoaded } from "./pick.ts";

export const unloadCommand =
  (loads: Loads): Command =>
  async (given, all) => {
    const files = given ? filesOf(given, all) : await pickLoaded(loads);
    if (files?.length) await loads.unload(files);
  };
