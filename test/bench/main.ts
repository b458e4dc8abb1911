// npm run bench NAME [ARGUMENTS …]
import { execFileSync } from "node:child_process";

/** Benchmarks that drive a browser are separate bundles. */
const inBrowser = (bench: string) => async (rest: readonly string[]) => {
  execFileSync(process.execPath, ["esbuild.mjs", "tools"], { stdio: "inherit" });
  execFileSync(process.execPath, [`dist/tools/ui/${bench}.bench.js`, ...rest], { stdio: "inherit" });
};

/** Each is loaded when it is run. */
const benches: Record<string, (rest: readonly string[]) => Promise<void>> = {
  ablation: async (rest) => (await import("./search/ablation.ts")).benchAblation(rest),
  accuracy: async (rest) => (await import("./accuracy.ts")).benchAccuracy(rest),
  bitdelta: async (rest) => (await import("./analyses/bitdelta.ts")).benchBitDelta(rest),
  calibration: async () => (await import("./calibration.ts")).benchCalibration(),
  changed: async (rest) => (await import("./changed.ts")).benchChanged(rest),
  curve: async (rest) => (await import("./search/curve.ts")).benchCurve(rest),
  decoders: async (rest) => (await import("./decoders/decoders.ts")).benchDecoders(rest),
  draws: async () => (await import("./draws.ts")).benchDraws(),
  editor: inBrowser("editor"),
  effect: async (rest) => (await import("./analyses/effect.ts")).benchEffect(rest),
  epoch: async () => (await import("./speed/epoch.ts")).benchEpoch(),
  faults: async (rest) => (await import("./faults.ts")).benchFaults(rest),
  fuzz: async (rest) => (await import("./fuzz.ts")).benchFuzz(rest),
  gpu: async (rest) => (await import("./gpu/gpu.ts")).benchGpu(rest),
  heldout: async (rest) => (await import("./search/held-out.ts")).benchHeldOut(rest),
  hostkills: inBrowser("host-kills"),
  many: async (rest) => (await import("./many/many.ts")).benchMany(rest),
  memory: async (rest) => (await import("./speed/memory.ts")).benchMemory(rest),
  neighbours: async (rest) => (await import("./neighbours/neighbours.ts")).benchNeighbours(rest),
  numpy: async () => (await import("./numpy.ts")).benchNumpy(),
  pack: async () => (await import("./pack/pack.ts")).benchPack(),
  paper: async (rest) => (await import("./paper/paper.ts")).benchPaper(rest),
  profile: async (rest) => (await import("./speed/profile.ts")).benchProfile(rest),
  pruned: async () => (await import("./speed/pruned.ts")).benchPruned(),
  read: async (rest) => (await import("./read.ts")).benchRead(rest),
  responsiveness: async () => (await import("./responsiveness.ts")).benchResponsiveness(),
  search: async (rest) => (await import("./search/search.ts")).benchSearch(rest),
  size: async (rest) => (await import("./size/size.ts")).benchSize(rest),
  step: async (rest) => (await import("./speed/step.ts")).benchStep(rest),
  stop: async (rest) => (await import("./speed/stop.ts")).benchStop(rest),
  structured: async (rest) => (await import("./search/structured.ts")).benchStructured(rest),
  studykills: async (rest) => (await import("./studykills.ts")).benchStudyKills(rest),
};

const [name = "", ...rest] = process.argv.slice(2);
// A process of `faults`, not for users.
if (name === "taker") await (await import("./locks.ts")).taker(rest);
const bench = benches[name];
if (name !== "taker" && !bench) {
  console.error(
    `npm run bench NAME, one of: ${Object.keys(benches)
      .filter((other) => other !== "taker")
      .join(", ")}.`,
  );
  process.exit(2);
}
await bench?.(rest);
