// npm run bench studykills [KILLS]: studies that are killed at random moments, and what they come to.

import { fileURLToPath } from "node:url";
import { KilledStudies, outcomeOf } from "../study/killed-studies.ts";
import { TinyStudies } from "../study/tiny.ts";

const KILLS = 20;
const STUDIES = 3;

export async function benchStudyKills(rest: readonly string[]): Promise<void> {
  const kills = Number(rest[0] ?? KILLS);
  const studies = new TinyStudies();
  const runs = new KilledStudies(studies, fileURLToPath(new URL("cli.js", import.meta.url)));
  try {
    const { folder, milliseconds } = await runs.whole("whole");
    let same = 0;
    for (let seed = 1; seed <= STUDIES; seed++) {
      // Longer than the study takes: each process first repeats what its predecessor lost.
      const killed = await runs.killed(`killed-${seed}`, kills, seed, 3 * milliseconds);
      const isSame = outcomeOf(killed) === outcomeOf(folder);
      same += Number(isSame);
      console.log(`study ${seed}: ${kills} kills, ${isSame ? "the same results and masks" : "OTHER RESULTS OR MASKS"}`);
    }
    console.log(
      `${same} of ${STUDIES} studies of six cells, each killed ${kills} times, have the results and masks of one that was not.`,
    );
    if (same < STUDIES) process.exitCode = 1;
  } finally {
    studies.remove();
  }
}
