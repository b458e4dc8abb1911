// Submits the cells of a study to Slurm, and follows them.

import type { TrainingCell } from "../../../messages/study.ts";
import { cellsText, type Plan } from "../../../study/plan.ts";
import { follow, pauseSeconds } from "../../../study/slurm/follow.ts";
import type { SlurmOptions } from "../../../study/slurm/script.ts";
import { queueOf, submit } from "../../../study/slurm/submit.ts";
import type { StudyEvent } from "./requests.ts";

/** Resolves when no job is left, and when the signal fires; the jobs then run on. */
export async function runOnSlurm(
  plan: Plan,
  options: SlurmOptions & { readonly program: readonly string[] },
  signal: AbortSignal,
  emit: (event: StudyEvent) => void,
): Promise<void> {
  const { folder } = plan.state.study;
  const say = (text: string) => emit({ type: "said", text });
  const { job, cells, queued } = await submit(plan, options);
  if (job !== undefined) say(`submitted ${cellsText(cells.map(({ number }) => number))} as job ${job}`);
  const left = new Set(queued);
  const tell = (running: readonly TrainingCell[]) =>
    emit({
      type: "live",
      live: {
        where: "slurm",
        ...{ paused: false, stopping: signal.aborted, atOnce: options.atOnce ?? 0, running },
        waiting: [...left].flatMap(({ number }) => (running.some(({ cell }) => cell === number) ? [] : number)),
        left: null,
      },
    });
  tell([]);
  await follow(plan, queued, {
    ...{ queue: () => queueOf(folder), signal, pause: pauseSeconds() },
    on: {
      state: ({ name, number }, { job, state }) => say(`cell ${name}: job ${job}_${number} ${state.toLowerCase()}`),
      done: (cell) => left.delete(cell),
      failed(cell, error) {
        left.delete(cell);
        say(`cell ${cell.name} failed: ${error}`);
      },
      stopped(cell) {
        left.delete(cell);
        say(`cell ${cell.name} stopped; it resumes from its last checkpoint when the study is run again`);
      },
      looked: ({ running }) =>
        tell(
          running.map(({ cell: { number }, step }) => ({
            ...{ cell: number, step, steps: plan.checked.get(number)?.steps ?? 0, secondsLeft: null },
          })),
        ),
      unanswered: (error) => say(`the queue cannot be read, trying again: ${error}`),
    },
  });
}
