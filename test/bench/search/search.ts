// npm run bench search [HOURS] [TASK …]: successive halving over the settings of masks and of finetuning, on validation data.
// Finished cells are in docs/search.jsonl and are not trained again, so the search goes on where it stopped. The result is
// docs/search.md.

import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { cell } from "../cells.ts";
import { Finished } from "../finished.ts";
import { markdown } from "../markdown.ts";
import {
  BATCH,
  EPOCHS,
  EVALUATIONS_PER_EPOCH,
  type Method,
  optionsOf,
  ROWS,
  RUNGS,
  SETTINGS,
  type SearchTask,
  type Setting,
  STEPS_PER_EPOCH,
} from "./settings.ts";

const RESULTS = "docs/search.jsonl";
const PAGE = "docs/search.md";
const HOURS = 12;
const METHODS = Object.keys(SETTINGS) as Method[];

/** A cell's place, and its result. */
interface Place {
  readonly task: SearchTask;
  readonly method: Method;
  readonly setting: string;
  readonly epochs: number;
  readonly seed: number;
}

interface Line extends Place {
  /** The best validation metric (accuracy, a share). */
  readonly validation: number;
  readonly sparsity: number | null;
  readonly steps: number;
  readonly seconds: number;
  readonly processor: string;
  readonly options: Setting;
}

const keyOf = ({ task, method, setting, epochs, seed }: Place) =>
  [task, method, setting, epochs, seed].join("-").replaceAll(/[ ,%]+/g, "_");

class Search {
  readonly #finished = new Finished<Line>(RESULTS, keyOf);
  readonly #processor = cpus()[0]?.model.trim() ?? "unknown";

  find(place: Place): Line | undefined {
    return this.#finished.find(keyOf(place));
  }

  /** The places of a rung of a task and method; undefined before the rung below it is whole. */
  rung(task: SearchTask, method: Method, index: number): Place[] | undefined {
    const { settings, part, seeds } = RUNGS[index]!;
    const epochs = Math.max(1, Math.round(part * EPOCHS[task]));
    const before = index ? this.rung(task, method, index - 1)?.map((place) => this.find(place)) : undefined;
    if (index && !before?.every((line) => line !== undefined)) return undefined;
    const names = before
      ? before.toSorted((a, b) => b!.validation - a!.validation).map((line) => line!.setting)
      : Object.keys(SETTINGS[method]);
    const chosen = [...new Set(names)].slice(0, settings);
    return chosen.flatMap((setting) => seeds.map((seed) => ({ task, method, setting, epochs, seed })));
  }

  /** The seconds that a cell takes, by what like cells took on this processor; undefined without one. */
  estimate({ task, method, epochs }: Place): number | undefined {
    const like = this.#finished.lines.filter(
      (line) => line.task === task && line.method === method && line.processor === this.#processor,
    );
    if (!like.length) return undefined;
    const perStep =
      like.reduce((sum, { seconds }) => sum + seconds, 0) / like.reduce((sum, { steps }) => sum + steps, 0);
    return perStep * epochs * STEPS_PER_EPOCH;
  }

  async train(place: Place): Promise<void> {
    const { validation, sparsity, steps, seconds } = await cell(
      "search",
      keyOf(place),
      optionsOf(place.task, SETTINGS[place.method][place.setting]!, place.epochs, place.seed),
    );
    const accuracy = validation.accuracy;
    if (typeof accuracy !== "object") throw new Error(`${keyOf(place)} has no accuracy`);
    const { [place.setting]: options } = SETTINGS[place.method];
    this.#finished.add({
      ...place,
      ...{ validation: accuracy.value, sparsity, steps, seconds: Math.round(seconds) },
      ...{ processor: this.#processor, options: options! },
    });
  }
}

export async function benchSearch(words: readonly string[]): Promise<void> {
  const hours = Number(words[0] ?? HOURS);
  if (!(hours > 0)) throw new Error("npm run bench search [HOURS] [TASK …]");
  const named = words.slice(1);
  const tasks = (Object.keys(EPOCHS) as SearchTask[]).filter((task) => !named.length || named.includes(task));
  const search = new Search();
  const end = Date.now() + hours * 3_600_000;
  /** Breadth first: the rungs of all tasks and methods, one after another. */
  const next = () => {
    for (const index of RUNGS.keys())
      for (const task of tasks)
        for (const method of METHODS) {
          const place = search.rung(task, method, index)?.find((place) => !search.find(place));
          if (place) return place;
        }
    return undefined;
  };
  console.log(plan(search, tasks, hours));
  for (let place = next(); place; place = next()) {
    if (Date.now() + 1000 * (search.estimate(place) ?? 0) > end) {
      console.log(`The budget of ${hours} hours is used up; the same command goes on.`);
      break;
    }
    await search.train(place);
  }
  if (!named.length) writeFileSync(PAGE, pageOf(search, tasks));
}

/** What is left to train, and how long it takes. */
function plan(search: Search, tasks: readonly SearchTask[], hours: number): string {
  const left = { cells: 0, seconds: 0, unknown: 0 };
  for (const task of tasks)
    for (const method of METHODS)
      for (const [index, { settings, part, seeds }] of RUNGS.entries()) {
        const places: readonly (Place | undefined)[] =
          search.rung(task, method, index) ?? Array(settings * seeds.length).fill(undefined);
        for (const place of places) {
          if (place && search.find(place)) continue;
          const epochs = part * EPOCHS[task];
          const seconds = search.estimate(place ?? { task, method, setting: "", epochs, seed: 1 });
          left.cells++;
          if (seconds === undefined) left.unknown++;
          else left.seconds += seconds;
        }
      }
  const known = `about ${(left.seconds / 3600).toFixed(1)} h for ${left.cells - left.unknown} of them`;
  return `${left.cells} cells to train, ${known}, unknown for ${left.unknown} until one like them is measured; budget ${hours} h`;
}

function pageOf(search: Search, tasks: readonly SearchTask[]): string {
  const percent = (share: number) => (100 * share).toFixed(1);
  const sections = METHODS.map((method) => {
    const rows = Object.keys(SETTINGS[method]).map((setting) => [
      setting,
      ...tasks.map((task) => {
        const values = RUNGS.map((_, index) => {
          const own = search.rung(task, method, index)?.filter((place) => place.setting === setting);
          const found = own?.map((place) => search.find(place)?.validation).filter((value) => value !== undefined);
          return found?.length ? percent(found.reduce((sum, value) => sum + value, 0) / found.length) : undefined;
        });
        return values.filter((value) => value !== undefined).join(" → ") || "–";
      }),
    ]);
    return [`## ${method === "masked" ? "Masks" : "Finetuning"}`, "", ...markdown(["setting", ...tasks], rows), ""];
  });
  return [
    "# Search for the defaults",
    "",
    `Made by \`npm run bench search\`: all-MiniLM-L6-v2, at most ${ROWS} training examples, batches of ${BATCH}, ${EVALUATIONS_PER_EPOCH} evaluations an epoch. The best validation accuracy in percent after ${RUNGS.map(({ part, seeds }) => `${part === 1 ? "all" : `1/${1 / part}`} of the epochs${seeds.length > 1 ? ` (mean of ${seeds.length} seeds)` : ""}`).join(", ")} (${tasks.map((task) => `${task} ${EPOCHS[task]}`).join(", ")}): the better half of the settings goes on. No test split was looked at. Finished cells: \`search.jsonl\`.`,
    "",
    ...sections.flat(),
  ].join("\n");
}
