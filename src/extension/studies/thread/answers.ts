// The study thread's request handlers.

import { access, constants } from "node:fs/promises";
import { InputError } from "../../../errors.ts";
import { Course } from "../../../study/course.ts";
import { pacesOf } from "../../../study/estimate.ts";
import { measurePaces } from "../../../study/measure.ts";
import { type OpenStudy, openStudy } from "../../../study/open.ts";
import { overviewOf } from "../../../study/overview.ts";
import { CellsRefused, type Plan } from "../../../study/plan.ts";
import { makePreset } from "../../../study/presets.ts";
import { type Asks, EXTRAS } from "../../../study/report/extras.ts";
import { commandsFor, reportOf, writeReport } from "../../../study/report/report.ts";
import { slurm } from "../../../study/slurm/programs.ts";
import { StudyState } from "../../../study/state.ts";
import { readStudy } from "../../../study/study.ts";
import { WaitingCells } from "../../../study/waiting.ts";
import { askBriefly } from "../../../worker/alone.ts";
import type { Answers } from "../../../worker/channel.ts";
import { computeStarter } from "./compute.ts";
import type { PlannedStudy, StudyEnd, StudyRequests, ThreadData } from "./requests.ts";
import { runHere, type Stops } from "./run-here.ts";
import { runOnSlurm } from "./run-on-slurm.ts";

export function answersOf(data: ThreadData): Answers<StudyRequests> {
  const start = computeStarter(data);
  let open: (OpenStudy & { readonly course: Course; readonly paces: ReturnType<typeof pacesOf> }) | undefined;
  let waiting: WaitingCells | undefined;
  const stops: Stops = new Map();
  const release = async () => {
    await open?.lock.release();
    open = undefined;
  };
  /** Runs the planned study, and releases its lock. */
  const running = async (work: (plan: Plan, course: Course) => Promise<void>): Promise<StudyEnd> => {
    if (!open) throw new Error("the study is not planned");
    const { plan, course } = open;
    try {
      await work(plan, course);
      return endOf(plan);
    } finally {
      await release();
    }
  };
  return {
    overview: async ({ study }) => overviewOf(await StudyState.read(await readStudy(study))),
    make: ({ preset, ...wanted }) => makePreset(preset, wanted),
    slurmVersion: async () => (await slurm("sbatch", ["--version"])).trim(),
    async plan({ study, reuse, atOnce }, { emit }) {
      await release();
      try {
        const { plan, lock } = await openStudy(study, await readable(reuse), (done, of) => emit({ done, of }));
        const paces = pacesOf(plan.state);
        open = { plan, lock, paces, course: new Course(plan, paces) };
        return plannedOf(plan, open.course, atOnce);
      } catch (error) {
        if (!(error instanceof CellsRefused)) throw error;
        const faults = error.faults.map(({ cells, error: { message } }) => ({ cells, message }));
        const estimate = { seconds: 0, unknown: 0, bytes: 0, checkpointBytes: 0 };
        return { ...{ cells: 0, done: 0, todo: [], linked: [], elsewhere: [] }, estimate, faults };
      }
    },
    async measure({ atOnce }, { emit, signal }) {
      if (!open) throw new Error("the study is not planned");
      await measurePaces(open.plan.todo, open.paces, {
        signal,
        train: (options, stop, onEvent) => askBriefly(start(), "train", { options }, { signal: stop, onEvent }),
        onKind: (done, of) => emit({ done, of }),
      });
      return open.course.left(atOnce);
    },
    run: ({ atOnce }, { emit, signal }) =>
      running(async (plan, course) => {
        waiting = new WaitingCells(plan.todo, atOnce);
        await runHere({ plan, course, waiting, stops, start, signal, emit });
      }),
    slurm: (options, { emit, signal }) =>
      running((plan) => runOnSlurm(plan, { ...options, program: data.program }, signal, emit)),
    async control(control) {
      if (control.what === "stop cell") stops.get(control.folder)?.abort();
      else if (!waiting) throw new InputError("the study is not being trained here", {}, "run it first");
      else if (control.what === "pause") waiting.paused = control.paused;
      else if (control.what === "at once") waiting.atOnce = control.count;
      else waiting.move(control.cell, control.to);
      return null;
    },
    async report({ study, tool, device }, { signal }) {
      const state = await StudyState.read(await readStudy(study));
      const flags = EXTRAS.map((extra) => `--${extra}`);
      const common = { split: "test", device } as const;
      const asks: Asks = {
        evaluate: (more) => askBriefly(start(), "evaluate", { ...common, ...more }, { signal }),
        represent: (more) => askBriefly(start(), "represent", { ...common, ...more }, { signal }),
      };
      const extras = { which: EXTRAS, asks };
      const report = await reportOf(state, { tool, commands: commandsFor(study, flags), extras });
      signal.throwIfAborted();
      return writeReport(study, report);
    },
    async release() {
      await release();
      return null;
    },
  };
}

/** The folders that can be read: one that cannot must not keep a study from being run. */
async function readable(folders: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    folders.map((folder) =>
      access(folder, constants.R_OK).then(
        () => [folder],
        () => [],
      ),
    ),
  );
  return found.flat();
}

function plannedOf({ state, todo, linked, elsewhere }: Plan, course: Course, atOnce: number): PlannedStudy {
  return {
    cells: state.cells.length,
    done: state.cells.filter((cell) => state.line(cell)?.state === "done").length,
    todo: todo.map(({ number }) => number),
    linked,
    elsewhere: elsewhere.map(({ number }) => number),
    estimate: course.left(atOnce),
    faults: [],
  };
}

function endOf({ state }: Plan): StudyEnd {
  const numbers = (is: (state: string | undefined) => boolean) =>
    state.cells.filter((cell) => is(state.line(cell)?.state)).map(({ number }) => number);
  return { failed: numbers((one) => one === "failed"), left: numbers((one) => one === undefined) };
}
