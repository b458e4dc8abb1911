// The folder of one run: its options, its log, its checkpoint, its adaptation, and a lock while it trains.

import { closeSync, constants, fdatasyncSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { access, lstat, mkdir, constants as modes, readdir } from "node:fs/promises";
import path from "node:path";
import type { Checked } from "../check.ts";
import { InputError, messageOf } from "../errors.ts";
import { codeOf, explained, reasonOf, removeLeftover, temporaryOf, writeAtomic, writerOf } from "../files.ts";
import { type JsonObject, readOwnJsonObject } from "../json.ts";
import { parseJson } from "../json-text.ts";
import { claimantOf, type Holder, isLeftClaim, type Lock, holderOf as lockHolder, takeLock } from "../lock.ts";
import { bytes } from "../numbers.ts";
import { checkOwn, notOwn, OWN, openOwn } from "../own-files.ts";
import type { AdaptationFormat } from "../recipe/recipe.ts";
import { eventOf } from "./event-check.ts";
import type { TrainEvent } from "./events.ts";

const OPTIONS = "run.json";
const LOG = "log.jsonl";
const CHECKPOINT = "checkpoint.safetensors";
const LOCK = "lock";
/** A step has some 150 bytes: a run of over three million. */
const LONGEST_LOG = 500_000_000;
const DISTRUST = "delete it, if you do not trust who made this folder";
const IN_THE_WAY = "move it away, or delete it if you do not trust who made this folder";
/** Bytes of a file's name on all usual file systems. */
const LONGEST_NAME = 255;
const FORMATS: readonly AdaptationFormat[] = ["mask", "tuned"];

/** A locked run folder. Release it when the run ends, however it ends. */
export class RunFolder {
  readonly folder: string;
  /** The run's name: the folder's. */
  readonly name: string;
  #held: Lock | undefined;

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
    run.#checkName();
    await makeFolder(run.folder);
    await run.#checkFiles();
    const found = await readdir(run.folder).catch((cause) => {
      throw unusable("read", "choose a folder that you may read and write", run.folder, cause);
    });
    // A process that was killed before it had written its options leaves a folder in which there is no run.
    const isOurs = (name: string) =>
      name === LOCK || claimantOf(name, LOCK) !== undefined || writerOf(name)?.file === OPTIONS;
    if (!found.every(isOurs))
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
    run.#checkName();
    const options = await readOptions(run.folder);
    await makeFolder(run.folder);
    await run.#checkFiles();
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
    await this.#held?.release();
    this.#held = undefined;
  }

  /** InputError where another process trains here. Removes what killed processes left. */
  async #lock(): Promise<void> {
    this.#held = await takeLock(this.#path(LOCK));
    try {
      for (const name of await readdir(this.folder)) {
        const writer = writerOf(name);
        // Only who holds the lock writes here; its number may have been that of a process that was killed.
        if ((writer && writer.pid !== process.pid) || isLeftClaim(name, LOCK)) await removeLeftover(this.#path(name));
      }
    } catch (error) {
      await this.release().catch(() => undefined); // what went wrong first is what counts
      throw explained(error, this.folder);
    }
  }

  /** InputError where the name leaves no room for what the adaptation's file name adds to it. */
  #checkName(): void {
    const longest = Math.max(...FORMATS.map((format) => Buffer.byteLength(path.basename(this.adaptation(format)))));
    if (longest <= LONGEST_NAME) return;
    const room = LONGEST_NAME - (longest - Buffer.byteLength(this.name));
    throw new InputError(
      `the run's name is too long: it has ${Buffer.byteLength(this.name)} bytes`,
      { file: this.folder },
      `choose a name of at most ${room} bytes, because file names end at ${LONGEST_NAME}`,
    );
  }

  /**
   * InputError where something that is not a plain file is in the way of a file that the run writes, perhaps only at its end,
   * and where this file system takes no name as long as its.
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

/** A run's events, a JSON line each. Its length at a checkpoint says where a resumed run writes on. */
export class Log {
  readonly #file: string;
  readonly #descriptor: number;
  bytes: number;

  /**
   * InputError where it cannot be written, where it is a link or anything else than a file of this folder alone, and where
   * `bytes` are not whole lines.
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
        `its first ${this.bytes} bytes, which the checkpoint continues, end inside a line`,
        { file: this.#file },
        "put back the log of this run, or start the run again in another folder",
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

  /** Waits until all of it is on the disk: a checkpoint knows its length. */
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
  // With a second name, by a hard link, it is another file, too.
  if (status.isFile() && status.nlink === 1) return descriptor;
  closeSync(descriptor);
  throw notOwn(file, false, DISTRUST);
}

/**
 * What the run in a folder is trained with, as its run.json says it, unchecked. InputError where there is no run, and where the
 * file cannot be read, is a link or anything else than a file of this folder alone, or is no JSON object.
 */
export async function readOptions(folder: string): Promise<JsonObject> {
  const file = path.join(folder, OPTIONS);
  await checkOwn(file, DISTRUST);
  const options = await readOwnJsonObject(file, "repair it, or start the run again", DISTRUST);
  if (options) return options;
  throw new InputError("no run lies here", { file: folder }, `give the folder of a run, with its ${OPTIONS}`);
}

export const logOf = (folder: string): string => path.join(folder, LOG);

/**
 * The events of the run in a folder, so far; none where it has not begun. A last line that a kill cut off is left out.
 * InputError where the log cannot be read, where it is a link, and for a line that is no event.
 */
export async function readEvents(folder: string): Promise<TrainEvent[]> {
  const file = logOf(folder);
  const opened = await openOwn(file, DISTRUST);
  if (!opened) return [];
  const { handle, size } = opened;
  try {
    if (size > LONGEST_LOG)
      throw new InputError(`the log has ${size} bytes, over the limit of ${bytes(LONGEST_LOG)}`, { file }, DISTRUST);
    const text = await handle.readFile("utf8").catch((cause) => {
      throw new InputError(reasonOf(cause), { file }, DISTRUST, { cause });
    });
    const lines = text.split("\n");
    lines.pop(); // nothing, where the last line is whole
    return lines.map((line, i) => {
      const place = { file, at: `line ${i + 1}`, remedy: "remove this line, or start the run again in another folder" };
      return eventOf(jsonOf(line, place), place);
    });
  } finally {
    await handle.close();
  }
}

function jsonOf(line: string, { file, at, remedy }: Checked): unknown {
  try {
    return parseJson(line);
  } catch (cause) {
    throw new InputError("it is not JSON", { file: file!, at: at! }, remedy, { cause });
  }
}

/** Who trains in a folder now; of another machine, who has not said that it ended. Undefined where nobody does. */
export function holderOf(folder: string): Holder | undefined {
  return lockHolder(path.join(folder, LOCK));
}

/** Where a run stands by the events of its log; one that trains just now is unfinished by them. */
export function standing(events: readonly TrainEvent[]): "done" | "stopped" | "unfinished" {
  const last = events.at(-1)?.type;
  return last === "done" || last === "stopped" ? last : "unfinished";
}

/** The event in the last line of a log; undefined where it is none, or was cut off. Reads only the file's end. */
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
    return undefined; // a line that was cut off, or an empty file
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
      throw unusable("written", "choose a folder that you may write to", folder, error);
    const what = found.isSymbolicLink() ? "this is a link to a folder that is not there" : "it is a file";
    throw new InputError(what, { file: folder }, "choose a folder for the run");
  }
}

function unusable(cannot: "read" | "written", remedy: string, folder: string, cause: unknown): InputError {
  const what = `the output folder cannot be ${cannot} (${codeOf(cause) || messageOf(cause)})`;
  return new InputError(what, { file: folder }, remedy, { cause });
}
