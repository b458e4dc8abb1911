// The folder of a study: its plan, a run folder per cell, and the results.

import { rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { InputError } from "../errors.ts";
import { readOwnJsonObject } from "../json.ts";
import { holderOf, type Lock, takeLock } from "../lock.ts";
import { parseStudy, type StudyPlan } from "./description.ts";

export const STUDY_FILE = "study.json";
const RESULTS = "results.jsonl";
const CELLS = "cells";
const LOCK = "lock";
const DISTRUST = "delete it if you do not trust the origin of this folder";

export interface Study {
  /** Absolute. */
  readonly folder: string;
  /** Its study.json. */
  readonly file: string;
  readonly plan: StudyPlan;
}

/**
 * Reads the study in a folder, or with this study.json. Throws an InputError if there is none, or if its plan is
 * invalid.
 */
export async function readStudy(given: string): Promise<Study> {
  const isFile = (await stat(given).catch(() => undefined))?.isFile() ?? false;
  const folder = path.resolve(isFile ? path.dirname(given) : given);
  const file = path.join(folder, STUDY_FILE);
  const json =
    isFile && path.basename(given) !== STUDY_FILE
      ? undefined
      : await readOwnJsonObject(file, "repair it, or make a new study (masklens study new)", DISTRUST);
  if (!json)
    throw new InputError(
      "there is no study here",
      { file: given },
      `choose a folder that contains ${STUDY_FILE}, or make one (masklens study new)`,
    );
  return { folder, file, plan: parseStudy(json, file) };
}

export const resultsFile = (study: string): string => path.join(study, RESULTS);
export const cellsFolder = (study: string): string => path.join(study, CELLS);
export const cellFolder = (study: string, number: number): string => path.join(cellsFolder(study), cellName(number));

/** "007": the name of a cell's folder, of its run and of its adaptation. */
export const cellName = (number: number): string => String(number).padStart(3, "0");

/** The cell with a folder of this name; undefined for other names. */
export function numberOf(name: string): number | undefined {
  return /^\d{3,6}$/.test(name) && cellName(Number(name)) === name ? Number(name) : undefined;
}

/** Removes the lock that a thread of this process left behind when it ended. */
export async function removeLeftLock(study: string): Promise<void> {
  const file = path.join(study, LOCK);
  const holder = holderOf(file);
  if (holder?.pid === process.pid && holder.host === hostname()) await rm(file, { force: true });
}

/** Takes the lock of a study. Throws an InputError if another process runs it. */
export function lockStudy({ folder }: Study): Promise<Lock> {
  return takeLock(path.join(folder, LOCK));
}
