// The files of frames that a data file names.

import type { Hash } from "node:crypto";
import path from "node:path";
import { InputError } from "../../errors.ts";
import { RowError } from "../row-error.ts";
import { type Frames, readFrames } from "./read.ts";

/** The limit for all files that one data file names, in bytes as float32. */
const MOST_BYTES = 4_000_000_000;

export class FrameFiles {
  readonly #folder: string;
  readonly #hash: Hash;
  #features: number | undefined;
  #bytes = 0;

  /** Paths are relative to `folder`; `hash` is updated with the content of each file. */
  constructor(folder: string, hash: Hash) {
    this.#folder = folder;
    this.#hash = hash;
  }

  /** The features of every frame that was read; undefined if there is none. */
  get features(): number | undefined {
    return this.#features;
  }

  /** Throws a RowError, naming the file, if it does not hold frames such as those of the other files. */
  async read(name: string): Promise<Frames> {
    const file = path.resolve(this.#folder, name);
    const { sha256, ...frames } = await readFrames(file).catch((error) => {
      if (!(error instanceof InputError)) throw error;
      throw new RowError("frames", error.what, error.place, error.remedy, { cause: error });
    });
    const known = this.#features ?? frames.features;
    if (frames.features !== known)
      throw new RowError(
        "frames",
        `its frames have ${frames.features} features, but others have ${known}`,
        { file },
        "compute the same features for every example",
      );
    this.#features = known;
    this.#bytes += frames.data.byteLength;
    if (this.#bytes > MOST_BYTES)
      throw new InputError(
        `the files of frames up to this one take more than ${MOST_BYTES / 1e9} GB`,
        { file },
        "train on fewer examples, or on fewer frames per second",
      );
    this.#hash.update(sha256);
    return frames;
  }
}
