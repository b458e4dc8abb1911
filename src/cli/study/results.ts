// masklens study results: collects what is finished into results.jsonl, and shows it.

import { writeResults } from "../../study/results.ts";
import { StudyState } from "../../study/state.ts";
import { lockStudy, readStudy, resultsFile } from "../../study/study.ts";
import type { Arguments } from "../arguments.ts";
import { print, printJson, type Terminal } from "../terminal.ts";
import { shorter } from "../train.ts";
import { studyInformation } from "./describe.ts";

export async function updateResults(given: string, { given: flags }: Arguments, terminal: Terminal): Promise<void> {
  const study = await readStudy(given);
  const lock = await lockStudy(study);
  try {
    const state = await StudyState.read(study);
    await writeResults(study.folder, state.lines);
    const { json, text } = await studyInformation(state);
    const file = resultsFile(study.folder);
    if (flags.has("json")) printJson(terminal, { ...json, file });
    else print(terminal.out, `${text}${shorter(file)}\n`);
  } finally {
    await lock.release();
  }
}
