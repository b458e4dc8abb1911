// Opens a study to run it: takes its lock, reads what is on disk, and finds out what is left to do.

import type { Lock } from "../lock.ts";
import { type Plan, planStudy, waitForOrphans } from "./plan.ts";
import { StudyState } from "./state.ts";
import { lockStudy, readStudy } from "./study.ts";

export interface OpenStudy {
  readonly plan: Plan;
  /** Release it when the study is no longer run. */
  readonly lock: Lock;
}

/** Rejects as `readStudy`, `lockStudy` and `planStudy` do; the lock is then released. */
export async function openStudy(
  folder: string,
  reuse: readonly string[],
  onCell?: (done: number, cells: number) => void,
): Promise<OpenStudy> {
  const study = await readStudy(folder);
  const lock = await lockStudy(study);
  try {
    const state = await StudyState.read(study);
    await waitForOrphans(state);
    const plan = await planStudy(state, reuse, (done) => onCell?.(done, state.cells.length));
    return { plan, lock };
  } catch (error) {
    await lock.release();
    throw error;
  }
}
