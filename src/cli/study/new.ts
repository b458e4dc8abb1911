// masklens study new: makes a study from a preset.

import path from "node:path";
import { InputError } from "../../errors.ts";
import { makePreset, PRESETS, type PresetName } from "../../study/presets.ts";
import { didYouMean } from "../../suggest.ts";
import { quoted } from "../../visible.ts";
import type { Arguments } from "../arguments.ts";
import { print, type Terminal } from "../terminal.ts";
import { shorter } from "../train.ts";

const NAMES = Object.keys(PRESETS) as PresetName[];

/** "seeds (how much …), sparsity-sweep (…)" */
export const PRESET_HELP = NAMES.map((name) => `${name} (${PRESETS[name].summary})`).join(", ");

export async function makeStudy(name: string, { given, many }: Arguments, { out, err }: Terminal): Promise<void> {
  const preset = NAMES.find((known) => known === name);
  if (!preset)
    throw new InputError(
      `unknown preset ${quoted(name)}`,
      {},
      didYouMean(name, NAMES, `choose from ${NAMES.join(", ")}`),
    );
  const [models, tasks, folder] = [many.get("model"), many.get("task"), given.get("out")];
  const missing = !models ? "--model DIR" : !tasks ? "--task FILE" : folder === undefined ? "--out DIR" : undefined;
  if (!models || !tasks || folder === undefined)
    throw new InputError(`${missing!.split(" ")[0]} is missing`, {}, `add ${missing}`);
  const { file, cells, sources } = await makePreset(preset, { models, tasks, folder: path.resolve(folder) });
  for (const source of sources) print(err, `${source}\n`);
  print(
    out,
    `${shorter(file)}: ${cells} cells. Edit it, then train them: masklens study run ${shorter(path.dirname(file))}\n`,
  );
}
