// masklens study tensorboard: writes the scalars of all cells as TensorBoard event files.

import path from "node:path";
import { InputError } from "../../errors.ts";
import { StudyState } from "../../study/state.ts";
import { readStudy } from "../../study/study.ts";
import { writeTensorboard } from "../../study/tensorboard.ts";
import type { Arguments } from "../arguments.ts";
import { print, type Terminal } from "../terminal.ts";
import { shorter } from "../train.ts";

export async function exportScalars(given: string, { given: flags }: Arguments, { out }: Terminal): Promise<void> {
  const folder = flags.get("out");
  if (folder === undefined) throw new InputError("--out is missing", {}, "add --out DIR");
  const state = await StudyState.read(await readStudy(given));
  const place = path.resolve(folder);
  const written = await writeTensorboard(state, place);
  print(
    out,
    `${shorter(place)}: ${written === 1 ? "1 cell" : `${written} cells`}; tensorboard --logdir ${shorter(place)}\n`,
  );
}
