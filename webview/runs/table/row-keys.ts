// What identifies a line of the table, and the runs that it stands for.

import type { Line } from "../shown.ts";
import { chosen } from "../state.ts";

export const keyOf = (line: Line): string => (line.kind === "run" ? line.row.run : `group ${line.group.key}`);

export const runsOf = (line: Line): string[] =>
  line.kind === "run" ? [line.row.run] : line.group.rows.map(({ run }) => run);

/** Opens or closes a group. */
export function linesToggled(line: Line): void {
  if (line.kind !== "group") return;
  const { collapsed } = chosen.state;
  const { key } = line.group;
  chosen.change({
    collapsed: collapsed.includes(key) ? collapsed.filter((other) => other !== key) : [...collapsed, key],
  });
}
