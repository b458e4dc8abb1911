// npm run bench NAME [ARGUMENTS …]
import { execFileSync } from "node:child_process";
import { benchAccuracy } from "./accuracy.ts";
import { benchCalibration } from "./calibration.ts";
import { benchChanged } from "./changed.ts";
import { benchDraws } from "./draws.ts";
import { benchEpoch } from "./epoch.ts";
import { benchFuzz } from "./fuzz.ts";
import { benchGpu } from "./gpu.ts";
import { benchMemory } from "./memory.ts";
import { benchRead } from "./read.ts";
import { benchResponsiveness } from "./responsiveness.ts";
import { benchStep } from "./step.ts";

/** It drives a browser and is a bundle of its own. */
async function benchEditor(rest: readonly string[]): Promise<void> {
  execFileSync(process.execPath, ["esbuild.mjs", "tools"], { stdio: "inherit" });
  execFileSync(process.execPath, ["dist/tools/ui/editor.bench.js", ...rest], { stdio: "inherit" });
}

const benches: Record<string, (rest: readonly string[]) => Promise<void>> = {
  accuracy: benchAccuracy,
  calibration: benchCalibration,
  changed: benchChanged,
  draws: benchDraws,
  editor: benchEditor,
  epoch: benchEpoch,
  fuzz: benchFuzz,
  gpu: benchGpu,
  memory: benchMemory,
  read: benchRead,
  responsiveness: benchResponsiveness,
  step: benchStep,
};

const [name = "", ...rest] = process.argv.slice(2);
const bench = benches[name];
if (!bench) {
  console.error(`npm run bench NAME, one of: ${Object.keys(benches).join(", ")}.`);
  process.exit(2);
}
await bench(rest);
