// npm run bench NAME [ARGUMENTS …]
import { benchAccuracy } from "./accuracy.ts";
import { benchChanged } from "./changed.ts";
import { benchDraws } from "./draws.ts";
import { benchEpoch } from "./epoch.ts";
import { benchMemory } from "./memory.ts";
import { benchStep } from "./step.ts";

const benches: Record<string, (rest: readonly string[]) => Promise<void>> = {
  accuracy: benchAccuracy,
  changed: benchChanged,
  draws: benchDraws,
  epoch: benchEpoch,
  memory: benchMemory,
  step: benchStep,
};

const [name = "", ...rest] = process.argv.slice(2);
const bench = benches[name];
if (!bench) {
  console.error(`npm run bench NAME, one of: ${Object.keys(benches).join(", ")}.`);
  process.exit(2);
}
await bench(rest);
