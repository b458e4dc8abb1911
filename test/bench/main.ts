// npm run bench NAME [ARGUMENTS …]
import { benchChanged } from "./changed.ts";
import { benchStep } from "./step.ts";

const benches: Record<string, (rest: readonly string[]) => Promise<void>> = {
  changed: benchChanged,
  step: benchStep,
};

const [name = "", ...rest] = process.argv.slice(2);
const bench = benches[name];
if (!bench) {
  console.error(`npm run bench NAME, one of: ${Object.keys(benches).join(", ")}.`);
  process.exit(2);
}
await bench(rest);
