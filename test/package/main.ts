// npm run package [-- TARGET …]: one VSIX per target in dist/vsix.

import path from "node:path";
import { layOut, pack, TARGETS, type Target } from "./vsix.ts";

const asked = process.argv.slice(2);
const unknown = asked.filter((target) => !TARGETS.includes(target as Target));
if (unknown.length) throw new Error(`no target ${unknown.join(", ")}: there are ${TARGETS.join(", ")}`);
for (const target of asked.length ? (asked as Target[]) : TARGETS) {
  const folder = path.join("dist", "vsix", target);
  layOut(target, folder);
  pack(target, folder, path.join("dist", "vsix", `masklens-${target}.vsix`));
}
