// Train Another Seed: trains with an existing run's options and the next unused seed.

import { readdir } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { parseRunOptions } from "../../recipe/options.ts";
import { readOptions } from "../../train/run-folder.ts";
import { isAdaptation } from "../masks/pick.ts";
import { type Command, filesOf } from "../ui/command.ts";
import { requireTrust } from "../ui/log.ts";
import { confirm } from "../ui/window.ts";
import { findRuns, folderOf } from "./found.ts";
import { nextSeed, seedName } from "./next-seed.ts";
import { pickRun } from "./pick.ts";
import type { Runs } from "./runs.ts";

/** Repeats the given run, or the run that trained the given mask. */
export const anotherSeedCommand =
  (runs: Runs): Command =>
  async (given) => {
    requireTrust();
    const [file] = given ? filesOf(given) : [];
    const folder = file
      ? isAdaptation(file, "adaptation")
        ? path.dirname(file)
        : folderOf(file)
      : await pickRun(runs, () => true, vscode.l10n.t("There are no runs in this workspace yet. Train a mask first."));
    if (!folder) return;
    const options = parseRunOptions(await readOptions(folder), path.join(folder, "run.json"));
    const seed = nextSeed(Math.max(options.seed, options.maskSeed), await usedSeeds());
    const parent = path.dirname(folder);
    const name = seedName(path.basename(folder), seed, new Set(await readdir(parent)));
    const question = vscode.l10n.t("Train {0} with another seed?", path.basename(folder));
    const detail = vscode.l10n.t(
      "The new run {0} has seed {1} and mask seed {1} (instead of {2} and {3}); all other options stay the same.",
      ...[name, seed, options.seed, options.maskSeed],
    );
    if (!(await confirm(question, detail, vscode.l10n.t("Train")))) return;
    await runs.train({ ...options, seed, maskSeed: seed, out: path.join(parent, name) });
  };

/** The seeds of the workspace's runs, except runs whose options cannot be read. */
async function usedSeeds(): Promise<number[]> {
  const found = (await findRuns()).filter(({ leadsOut }) => !leadsOut);
  const options = await Promise.all(found.map(({ folder }) => readOptions(folder).catch(() => undefined)));
  return options.flatMap((one) => [one?.seed, one?.maskSeed].filter((seed) => typeof seed === "number"));
}
