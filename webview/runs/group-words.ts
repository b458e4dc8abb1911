// The names of groups of runs.

import * as l10n from "../ui/l10n.ts";
import type { Group } from "./groups.ts";

/** "task sst2, epochs 3"; "all runs" if the groups have no option that differs. */
export function groupName({ options }: Group): string {
  if (!options.length) return l10n.t("all runs");
  const set = options.filter(([, value]) => value !== null);
  return (set.length ? set : options).map(([name, value]) => `${name} ${value ?? l10n.t("not set")}`).join(", ");
}
