// npm run bench search [HOURS | page]: successive halving over the settings of masks and of finetuning, on validation data.
// Finished cells are in docs/search.jsonl and are not trained again, so the search goes on where it stopped. The result is
// docs/search.md; `page` trains nothing and writes what is finished.

import { writeFileSync } from "node:fs";
import type { Interval } from "../../../src/mask/metadata.ts";
import { mean } from "../../../src/spread.ts";
import { BATCH, ROWS } from "../accuracy.ts";
import { cell } from "../cells.ts";
import { circumstances, Finished, PROCESSOR } from "../finished.ts";
import { markdown } from "../markdown.ts";
import {
  EPOCHS,
  EVALUATIONS_PER_EPOCH,
  type Method,
  optionsOf,
  RUNGS,
  SETTINGS,
  type SearchTask,
  type Setting,
  stepsPerEpoch,
  TASKS,
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
  /** The best validation accuracy, a share. */
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

  find(place: Place): Line | undefined {
    return this.#finished.find(keyOf(place));
  }

  /** The settings of a rung, the best of the rung before first; undefined before that one is whole. */
  settings(method: Method, index: number): string[] | undefined {
    const all = Object.keys(SETTINGS[method]);
    if (!index) return all;
    const before = this.settings(method, index - 1);
    const scored = before?.map((setting) => ({ setting, score: this.score(method, index - 1, setting) }));
    if (!scored?.every(({ score }) => score !== undefined)) return undefined;
    const sorted = scored.toSorted((a, b) => b.score! - a.score!);
    return sorted.slice(0, RUNGS[index]!.settings).map(({ setting }) => setting);
  }

  /** The runs of a setting in a rung, on one task or on all of the rung. */
  places(method: Method, index: number, setting: string, only?: SearchTask): Place[] {
    const { part, seeds, tasks } = RUNGS[index]!;
    return tasks
      .filter((task) => !only || task === only)
      .flatMap((task) =>
        seeds.map((seed) => ({ task, method, setting, epochs: Math.max(1, Math.round(part * EPOCHS[task])), seed })),
      );
  }

  /** The mean validation accuracy of a setting in a rung; undefined before all of its runs are finished. */
  score(method: Method, index: number, setting: string, only?: SearchTask): number | undefined {
    const found = this.places(method, index, setting, only).map((place) => this.find(place)?.validation);
    return found.length && found.every((value) => value !== undefined) ? mean(found) : undefined;
  }

  /** What is left to train, breadth first; of rungs whose settings are not known yet, runs of any settings. */
  *left(): Generator<{ readonly place: Place; readonly isKnown: boolean }> {
    for (const [index, { settings: count }] of RUNGS.entries())
      for (const method of METHODS) {
        const known = this.settings(method, index);
        for (const setting of known ?? Object.keys(SETTINGS[method]).slice(0, count))
          for (const place of this.places(method, index, setting))
            if (!known || !this.find(place)) yield { place, isKnown: known !== undefined };
      }
  }

  /** The seconds that a cell takes, by what like cells took on this processor; undefined without one. */
  estimate({ task, method, epochs }: Place): number | undefined {
    const like = this.#finished.lines.filter(
      (line) => line.task === task && line.method === method && line.processor === PROCESSOR,
    );
    const perStep = mean(like.map(({ seconds }) => seconds)) / mean(like.map(({ steps }) => steps));
    return like.length ? perStep * epochs * stepsPerEpoch(task) : undefined;
  }

  async train(place: Place): Promise<void> {
    const options = SETTINGS[place.method][place.setting]!;
    const start = performance.now();
    const result = await cell("search", keyOf(place), optionsOf(place.task, options, place.epochs, place.seed));
    const { validation, sparsity, steps } = result;
    const accuracy = (validation.accuracy as Interval).value;
    this.#finished.add({ ...place, validation: accuracy, sparsity, steps, ...circumstances(start), options });
  }
}

export async function benchSearch([word]: readonly string[]): Promise<void> {
  const hours = word === "page" ? 0 : Number(word ?? HOURS);
  if (!(hours >= 0)) throw new Error("npm run bench search [HOURS | page]");
  const search = new Search();
  const end = Date.now() + hours * 3_600_000;
  const next = () => {
    for (const { place, isKnown } of search.left()) if (isKnown) return place;
    return undefined;
  };
  if (hours) console.log(`${plan(search)}; budget ${hours} h`);
  for (let place = hours ? next() : undefined; place; place = next()) {
    if (Date.now() + 1000 * (search.estimate(place) ?? 0) > end) {
      console.log(`The budget of ${hours} hours is used up; the same command goes on.`);
      break;
    }
    await search.train(place);
    writeFileSync(PAGE, pageOf(search));
  }
  writeFileSync(PAGE, pageOf(search));
}

/** What is left to train, and how long it takes. */
function plan(search: Search): string {
  const times = [...search.left()].map(({ place }) => search.estimate(place));
  const known = times.filter((seconds) => seconds !== undefined);
  const hours = known.reduce((sum, seconds) => sum + seconds, 0) / 3600;
  return `${times.length} runs to train, about ${hours.toFixed(1)} h for ${known.length} of them, unknown for ${times.length - known.length} until one like them is measured`;
}

const percent = (share: number) => (100 * share).toFixed(1);

/** Of each setting the rungs' values, joined by arrows: the mean over the tasks, then each task. */
function tableOf(search: Search, method: Method): string[] {
  const rows = Object.keys(SETTINGS[method]).map((setting) => {
    const values = (only?: SearchTask) =>
      RUNGS.flatMap((_, index) =>
        search.settings(method, index)?.includes(setting) ? (search.score(method, index, setting, only) ?? []) : [],
      );
    return [setting, ...[undefined, ...TASKS].map((only) => values(only).map(percent).join(" → ") || "–")];
  });
  return markdown(["setting", "mean", ...TASKS], rows);
}

/** The best setting, or how far the search is. */
function outcomeOf(search: Search, method: Method): string {
  const last = RUNGS.length - 1;
  const settings = search.settings(method, last);
  const scored = settings?.map((setting) => ({ setting, score: search.score(method, last, setting) }));
  if (scored?.every(({ score }) => score !== undefined)) {
    const best = scored.reduce((a, b) => (b.score! > a.score! ? b : a));
    return `The best of the last ${scored.length}, with ${RUNGS[last]!.seeds.length} seeds: *${best.setting}*, ${percent(best.score!)} % on the mean of the tasks.`;
  }
  const left = [...search.left()].filter(({ place }) => place.method === method).length;
  return `Not finished: ${left} runs are left; \`npm run bench search\` continues.`;
}

function pageOf(search: Search): string {
  const sections = METHODS.flatMap((method) => [
    `## ${method === "masked" ? "Masks" : "Finetuning"}`,
    "",
    outcomeOf(search, method),
    "",
    ...tableOf(search, method),
    "",
  ]);
  const rungs = RUNGS.map(
    ({ settings, part, seeds, tasks }) =>
      `${settings} settings for ${part === 1 ? "all" : `1/${1 / part}`} of the epochs on ${tasks.length} tasks${seeds.length > 1 ? `, ${seeds.length} seeds` : ""}`,
  );
  return [
    "# Search for the defaults",
    "",
    `Made by \`npm run bench search\`: all-MiniLM-L6-v2, at most ${TASKS.map((task) => `${ROWS[task].toLocaleString("en")} (${task})`).join(", ")} training examples, batches of ${BATCH}, ${EVALUATIONS_PER_EPOCH} evaluations an epoch, epochs: ${TASKS.map((task) => `${EPOCHS[task]} (${task})`).join(", ")}. Successive halving, for masks and for finetuning alike: ${rungs.join("; then ")}. The settings with the best mean over the tasks go on. Values are the best validation accuracy in percent, one after another as settings went on; no test split was looked at. Finished cells: \`search.jsonl\`.`,
    "",
    ...sections,
  ].join("\n");
}
