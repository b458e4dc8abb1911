// The folder of one run: its options, its log, its checkpoint, its adaptation, and a lock while it trains.

import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, readSync, writeSync } from "node:fs";
import { access, constants, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { InputError, messageOf } from "../errors.ts";
import { exists, writeAtomic } from "../files.ts";
import { type JsonObject, readJsonObject } from "../json.ts";
import { isAlive } from "../processes.ts";
import { eventOf } from "./event-check.ts";
import type { TrainEvent } from "./events.ts";

/** What a run leaves: a mask, or tensors that it changed. */
export type AdaptationFormat = "mask" | "tuned";

const OPTIONS = "run.json";
const LOG = "log.jsonl";
const CHECKPOINT = "checkpoint.safetensors";
const LOCK = "lock";

/** Who trains in a folder. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
}

/** A locked run folder. Release it when the run ends, however it ends. */
export class RunFolder {
  readonly folder: string;
  /** The run's name: the folder's. */
  readonly name: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.name = path.basename(folder);
  }

  /**
   * Makes the folder of a new run and writes its options there. InputError where the folder cannot be written, holds
   * another run or anything that is not a run, or is being trained in.
   */
  static async create(folder: string, options: object): Promise<RunFolder> {
    const run = new RunFolder(path.resolve(folder));
    await makeFolder(run.folder);
    const found = await readdir(run.folder);
    if (found.some((name) => name !== LOCK))
      throw new InputError(
        found.includes(OPTIONS) ? "a run lies there already" : "the folder is not empty",
        { file: run.folder },
        found.includes(OPTIONS) ? "resume it, or choose another folder" : "choose a folder of its own for the run",
      );
    await run.#lock();
    try {
      await writeAtomic(run.#path(OPTIONS), [new TextEncoder().encode(`${JSON.stringify(options, null, 2)}\n`)]);
    } catch (error) {
      await run.release();
      throw error;
    }
    return run;
  }

  /** Opens the folder of a run to go on with it. InputError where there is none, or it is being trained in. */
  static async open(folder: string): Promise<{ run: RunFolder; options: JsonObject }> {
    const run = new RunFolder(path.resolve(folder));
    const file = run.#path(OPTIONS);
    if (!(await exists(file)))
      throw new InputError("no run lies here", { file: run.folder }, `give the folder of a run, with its ${OPTIONS}`);
    const options = await readJsonObject(file, "repair it, or start the run again");
    await makeFolder(run.folder);
    await run.#lock();
    return { run, options };
  }

  get checkpoint(): string {
    return this.#path(CHECKPOINT);
  }

  get optionsFile(): string {
    return this.#path(OPTIONS);
  }

  get logFile(): string {
    return this.#path(LOG);
  }

  adaptation(format: AdaptationFormat): string {
    return this.#path(`${this.name}.${format}.safetensors`);
  }

  /** Opens the log, cut to `bytes`, to write on. */
  log(bytes: number): Log {
    return new Log(this.#path(LOG), bytes);
  }

  /** Gives the folder free for others. */
  async release(): Promise<void> {
    await rm(this.#path(LOCK), { force: true });
  }

  /**
   * Takes the lock file, by creating it. A lock whose process no longer lives on this machine is taken over; one of
   * another machine is not, because its process cannot be seen from here.
   */
  async #lock(): Promise<void> {
    const file = this.#path(LOCK);
    const self: Holder = { pid: process.pid, host: hostname() };
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        await writeFile(file, JSON.stringify(self), { flag: "wx" });
        return;
      } catch (error) {
        if (!isCode(error, "EEXIST")) throw notWritable(this.folder, error);
      }
      const holder = holderOf(this.folder);
      if (holder)
        throw new InputError(
          `process ${holder.pid} on ${holder.host} is training in it`,
          { file: this.folder },
          `wait for it or stop it (if it is gone, delete ${LOCK})`,
        );
      await rm(file, { force: true });
    }
    throw new InputError("others keep locking it", { file: this.folder }, "train one run at a time in a folder");
  }

  #path(name: string): string {
    return path.join(this.folder, name);
  }
}

/** A run's events, a JSON line each. Its length at a checkpoint says where a resumed run writes on. */
export class Log {
  readonly #descriptor: number;
  bytes: number;

  constructor(file: string, bytes: number) {
    this.#descriptor = openSync(file, "a");
    this.bytes = Math.min(bytes, fstatSync(this.#descriptor).size);
    ftruncateSync(this.#descriptor, this.bytes);
  }

  append(event: object): void {
    const line = Buffer.from(`${JSON.stringify(event)}\n`);
    for (let done = 0; done < line.length; ) done += writeSync(this.#descriptor, line, done);
    this.bytes += line.length;
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

export const logOf = (folder: string): string => path.join(folder, LOG);

/** The events of the run in a folder, so far; none where it has not begun. Lines that are none are left out, as one that a kill cut off. */
export async function readEvents(folder: string): Promise<TrainEvent[]> {
  const text = await readFile(logOf(folder), "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => eventOf(line) ?? []);
}

/** Who trains in a folder now; of another machine, who has not said that it ended. Undefined where nobody does. */
export function holderOf(folder: string): Holder | undefined {
  const holder = readHolder(path.join(folder, LOCK));
  return holder && (holder.host !== hostname() || isAlive(holder.pid)) ? holder : undefined;
}

/** Where a run stands by the events of its log; one that trains just now is unfinished by them. */
export function standing(events: readonly TrainEvent[]): "done" | "stopped" | "unfinished" {
  const last = events.at(-1)?.type;
  return last === "done" || last === "stopped" ? last : "unfinished";
}

/** The event in the last line of a log; undefined where there is none. Reads only the file's end. */
export function lastEvent(file: string): TrainEvent | undefined {
  const MOST = 1 << 20;
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch {
    return undefined;
  }
  try {
    const { size } = fstatSync(descriptor);
    const tail = Buffer.alloc(Math.min(size, MOST));
    readSync(descriptor, tail, 0, tail.length, size - tail.length);
    return eventOf(tail.toString("utf8").trimEnd().split("\n").at(-1)!);
  } catch {
    return undefined; // a line that was cut off, or an empty file
  } finally {
    closeSync(descriptor);
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    throw notWritable(folder, error);
  }
  if (!(await stat(folder)).isDirectory())
    throw new InputError("it is a file", { file: folder }, "choose a folder for the run");
}

function notWritable(folder: string, cause: unknown): InputError {
  return new InputError(
    `the output folder cannot be written (${isErrno(cause) ? cause.code : messageOf(cause)})`,
    { file: folder },
    "choose a folder that you may write to",
    { cause },
  );
}

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Holder;
  } catch {
    return undefined; // just released, or cut off when its process died
  }
}

function isErrno(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error;
}

function isCode(error: unknown, code: string): boolean {
  return isErrno(error) && error.code === code;
}
