// The folder of one run: options, log, checkpoint, adaptation, and a lock during training.

import { closeSync, constants, fdatasyncSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { access, lstat, mkdir, constants as modes, readdir } from "node:fs/promises";
import path from "node:path";
import { InputError, messageOf } from "../errors.ts";
import { codeOf, explained, reasonOf, removeLeftover, temporaryOf, writeAtomic, writerOf } from "../files.ts";
import { type JsonObject, readOwnJsonObject } from "../json.ts";
import { parseJson } from "../json-text.ts";
import {
  claimantOf,
  type Holder,
  isLeftClaim,
  type Lock,
  holderOf as lockHolder,
  removeJobLock,
  takeLock,
} from "../lock.ts";
import { bytes } from "../numbers.ts";
import { checkOwn, notOwn, OWN, openOwn } from "../own-files.ts";
import type { AdaptationFormat } from "../recipe/recipe.ts";
import { jsonOf } from "../schema.ts";
import { eventOf, type TrainEvent } from "./events.ts";

const OPTIONS = "run.json";
const LOG = "log.jsonl";
const CHECKPOINT = "checkpoint.safetensors";
const LOCK = "lock";
/** In bytes. Each step adds about 150, so this is enough for more than three million steps. */
const LONGEST_LOG = 500_000_000;
const DISTRUST = "delete it if you do not trust the origin of this folder";
const IN_THE_WAY = "move it away, or delete it if you do not trust the origin of this folder";
/** The longest file name on common file systems, in bytes. */
const LONGEST_NAME = 255;
const FORMATS: readonly AdaptationFormat[] = ["mask", "tuned"];

/** A locked run folder. Always release it when the run ends. */
export class RunFolder {
  readonly folder: string;
  /** The run's name, which is the folder's name. */
  readonly name: string;
  #held: Lock | undefined;

  private constructor(folder: string) {
    this.folder = folder;
    this.name = path.basename(folder);
  }

  /**
   * Creates the folder of a new run and writes its options. Throws an InputError if the folder cannot be written or is
   * not empty, or if another process is training in it.
   */
  static async create(folder: string, options: object): Promise<RunFolder> {
    const run = new RunFolder(path.resolve(folder));
    run.#checkName();
    await makeFolder(run.folder);
    await run.#checkFiles();
    const found = await readdir(run.folder).catch((cause) => {
      throw unusable("read", "choose a folder that you can read and write", run.folder, cause);
    });
    // A process that was killed before it wrote its options leaves a folder without a run.
    const isOurs = (name: string) =>
      name === LOCK || claimantOf(name, LOCK) !== undefined || writerOf(name)?.file === OPTIONS;
    if (!found.every(isOurs))
      throw new InputError(
        found.includes(OPTIONS) ? "a run already exists here" : "the folder is not empty",
        { file: run.folder },
        found.includes(OPTIONS) ? "resume it, or choose another folder" : "choose a new folder for the run",
      );
    await run.#lock();
    try {
      await run.record(options);
    } catch (error) {
      await run.release();
      throw error;
    }
    return run;
  }

  /**
   * Opens the folder of a run to resume it. Throws an InputError if the folder contains no run, or if another process is training
   * in it.
   */
  static async open(folder: string): Promise<{ run: RunFolder; options: JsonObject }> {
    const run = new RunFolder(path.resolve(folder));
    run.#checkName();
    const options = await readOptions(run.folder);
    await makeFolder(run.folder);
    await run.#checkFiles();
    await run.#lock();
    return { run, options };
  }

  /** Writes the run's options. */
  async record(options: object): Promise<void> {
    await writeOptions(this.folder, options);
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

  /** Opens the log, truncated to `bytes`, for appending. */
  log(bytes: number): Log {
    return new Log(this.#path(LOG), bytes);
  }

  /** Releases the lock. */
  async release(): Promise<void> {
    await this.#held?.release();
    this.#held = undefined;
  }

  /**
   * Takes the lock, and removes what killed processes left behind. Throws an InputError if another process is training
   * here.
   */
  async #lock(): Promise<void> {
    this.#held = await takeLock(this.#path(LOCK));
    try {
      for (const name of await readdir(this.folder)) {
        const writer = writerOf(name);
        // Only the lock's holder writes here, so any other writer is dead, even if its process ID is reused.
        if ((writer && writer.pid !== process.pid) || isLeftClaim(name, LOCK)) await removeLeftover(this.#path(name));
      }
    } catch (error) {
      await this.release().catch(() => undefined); // report the first error
      throw explained(error, this.folder);
    }
  }

  /** Throws an InputError if the name is too long for the adaptation's file name. */
  #checkName(): void {
    const longest = Math.max(...FORMATS.map((format) => Buffer.byteLength(path.basename(this.adaptation(format)))));
    if (longest <= LONGEST_NAME) return;
    const room = LONGEST_NAME - (longest - Buffer.byteLength(this.name));
    throw new InputError(
      `the run's name is too long: it has ${Buffer.byteLength(this.name)} bytes`,
      { file: this.folder },
      `choose a name of at most ${room} bytes, because file names are limited to ${LONGEST_NAME}`,
    );
  }

  /**
   * Throws an InputError if the name of any file that the run will write, including files that it writes only when it
   * finishes, is taken by something other than a regular file, or is too long for this file system.
   */
  async #checkFiles(): Promise<void> {
    const adaptations = FORMATS.map((format) => this.adaptation(format));
    for (const file of [...adaptations, this.checkpoint, this.logFile]) await checkOwn(file, IN_THE_WAY);
    for (const file of adaptations)
      await lstat(temporaryOf(file)).catch((cause) => {
        if (codeOf(cause) !== "ENOENT") throw explained(cause, file);
      });
  }

  #path(name: string): string {
    return path.join(this.folder, name);
  }
}

/** A run's events, one line of JSON each. A resumed run appends at the byte offset stored in its checkpoint. */
export class Log {
  readonly #file: string;
  readonly #descriptor: number;
  bytes: number;

  /**
   * Throws an InputError if the file cannot be written, is a link, is not a regular file or has other hard links, or if
   * its first `bytes` bytes do not end at a line break.
   */
  constructor(file: string, bytes: number) {
    this.#file = file;
    this.#descriptor = openLog(file);
    this.bytes = Math.min(bytes, fstatSync(this.#descriptor).size);
    try {
      this.#try(() => this.#cut());
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #cut(): void {
    const last = Buffer.alloc(1);
    if (this.bytes && readSync(this.#descriptor, last, 0, 1, this.bytes - 1) && last.toString() !== "\n")
      throw new InputError(
        `the checkpoint resumes the log after byte ${this.bytes}, which is inside a line`,
        { file: this.#file },
        "restore the log of this run, or start the run again in another folder",
      );
    ftruncateSync(this.#descriptor, this.bytes);
  }

  append(event: object): void {
    const line = Buffer.from(`${JSON.stringify(event)}\n`);
    this.#try(() => {
      for (let done = 0; done < line.length; ) done += writeSync(this.#descriptor, line, done);
    });
    this.bytes += line.length;
  }

  /** Waits until the whole log is on disk, because a checkpoint stores its length. */
  flush(): void {
    this.#try(() => fdatasyncSync(this.#descriptor));
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #try(write: () => void): void {
    try {
      write();
    } catch (error) {
      throw explained(error, this.#file);
    }
  }
}

function openLog(file: string): number {
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | OWN);
  } catch (error) {
    if (codeOf(error) === "ELOOP" || codeOf(error) === "ENXIO") throw notOwn(file, codeOf(error) === "ELOOP", DISTRUST);
    throw explained(error, file);
  }
  const status = fstatSync(descriptor);
  // A file with a second hard link also exists under another path.
  if (status.isFile() && status.nlink === 1) return descriptor;
  closeSync(descriptor);
  throw notOwn(file, false, DISTRUST);
}

/**
 * The options in a run's run.json, unchecked. Throws an InputError if there is no run, or if the file cannot be read,
 * is a link, is not a regular file, has other hard links, or is not a JSON object.
 */
export async function readOptions(folder: string): Promise<JsonObject> {
  const file = optionsOf(folder);
  await checkOwn(file, DISTRUST);
  const options = await readOwnJsonObject(file, "repair it, or start the run again", DISTRUST);
  if (options) return options;
  throw new InputError(
    "this folder contains no run",
    { file: folder },
    `choose a run folder, which contains ${OPTIONS}`,
  );
}

/** Writes the options of a run in an existing folder. Throws an InputError if that fails. */
export async function writeOptions(folder: string, options: object): Promise<void> {
  await writeAtomic(optionsOf(folder), [new TextEncoder().encode(`${JSON.stringify(options, null, 2)}\n`)]);
}

export const optionsOf = (folder: string): string => path.join(folder, OPTIONS);
export const logOf = (folder: string): string => path.join(folder, LOG);

/**
 * The events logged so far by the run in a folder; none before it starts. An incomplete last line (after a kill) is
 * skipped. Throws an InputError if the log cannot be read or is a link, and for a line that is not an event. With
 * "latest", steps and evaluations that a later event supersedes, which make up nearly all of a log, are skipped without
 * being parsed.
 */
export async function readEvents(folder: string, wanted: "all" | "latest" = "all"): Promise<TrainEvent[]> {
  const file = logOf(folder);
  const opened = await openOwn(file, DISTRUST);
  if (!opened) return [];
  const { handle, size } = opened;
  try {
    if (size > LONGEST_LOG)
      throw new InputError(
        `the log is ${bytes(size)}, larger than the limit of ${bytes(LONGEST_LOG)}`,
        { file },
        DISTRUST,
      );
    const text = await handle.readFile("utf8").catch((cause) => {
      throw new InputError(reasonOf(cause), { file }, DISTRUST, { cause });
    });
    const lines = text.split("\n");
    lines.pop(); // empty if the last line is complete
    const last = wanted === "latest" ? new Map(lines.map((line, i) => [topicOf(line), i])) : undefined;
    return lines.flatMap((line, i) => {
      const topic = last && topicOf(line);
      if (topic && last.get(topic) !== i) return [];
      const place = { file, at: `line ${i + 1}`, remedy: "remove this line, or start the run again in another folder" };
      return eventOf(jsonOf(line, place), place);
    });
  } finally {
    await handle.close();
  }
}

/**
 * The topic of a line about a step or an evaluation, as `train` writes it; undefined for other lines. A line supersedes
 * earlier ones with the same topic.
 */
function topicOf(line: string): string | undefined {
  if (line.startsWith('{"type":"step"')) return "step";
  if (line.startsWith('{"type":"transfer"')) return "transfer";
  const split = /^\{"type":"evaluation","step":\d+,"split":"(\w+)"/.exec(line)?.[1];
  return split && `${split} ${line.includes('"best":true')}`;
}

/**
 * The process that is training in a folder; also a process on another machine that has not released the folder's lock.
 * undefined if there is none.
 */
export function holderOf(folder: string): Holder | undefined {
  return lockHolder(path.join(folder, LOCK));
}

/** Releases the lock of a run if it belongs to a Slurm job that is over. */
export function releaseJobLock(folder: string, isOver: (job: string) => boolean): Promise<void> {
  return removeJobLock(path.join(folder, LOCK), isOver);
}

/** The state of a run according to its log; a run that is still training counts as unfinished. */
export function standing(events: readonly TrainEvent[]): "unstarted" | "done" | "stopped" | "unfinished" {
  const last = events.at(-1)?.type;
  if (!last) return "unstarted";
  return last === "done" || last === "stopped" ? last : "unfinished";
}

/** The event in the last line of a log; undefined if it is incomplete or not an event. Reads only the end of the file. */
export function lastEvent(file: string): TrainEvent | undefined {
  const MOST = 1 << 20;
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY | OWN);
  } catch {
    return undefined;
  }
  try {
    const { size } = fstatSync(descriptor);
    const tail = Buffer.alloc(Math.min(size, MOST));
    readSync(descriptor, tail, 0, tail.length, size - tail.length);
    const line = parseJson(tail.toString("utf8").trimEnd().split("\n").at(-1)!);
    return eventOf(line, { file, remedy: DISTRUST });
  } catch {
    return undefined; // an incomplete line, or an empty file
  } finally {
    closeSync(descriptor);
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, modes.W_OK);
  } catch (error) {
    const found = await lstat(folder).catch(() => undefined);
    if (!found || found.isDirectory() || codeOf(error) === "ELOOP")
      throw unusable("written", "choose a folder that you can write to", folder, error);
    const what = found.isSymbolicLink() ? "this is a link to a folder that does not exist" : "this is a file";
    throw new InputError(what, { file: folder }, "choose a folder for the run");
  }
}

function unusable(cannot: "read" | "written", remedy: string, folder: string, cause: unknown): InputError {
  const what = `the output folder cannot be ${cannot} (${codeOf(cause) || messageOf(cause)})`;
  return new InputError(what, { file: folder }, remedy, { cause });
}
