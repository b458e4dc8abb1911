// How a run of a graph is ended before it is done.

/** Thrown by a run that was ended on request. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  /** Whether results that replace inputs may have been written in part. */
  readonly isTorn: boolean;

  constructor(isTorn: boolean, options?: ErrorOptions) {
    super(isTorn ? "the run was interrupted while it wrote its results" : "the run was interrupted", options);
    this.isTorn = isTorn;
  }
}

/** What no computation leaves in a float32: a NaN with a payload of its own. */
const UNWRITTEN = 0x7fc0_51a7;

/** An array that shows whether a graph has written to it. */
export class Witness {
  readonly data: Float32Array;
  readonly #bits: Uint32Array;

  constructor(length: number) {
    this.data = new Float32Array(length);
    this.#bits = new Uint32Array(this.data.buffer);
  }

  /** Call this before each run. */
  reset(): void {
    this.#bits.fill(UNWRITTEN);
  }

  /** May be asked while the graph runs. */
  get isWritten(): boolean {
    return this.#bits.some((bits) => bits !== UNWRITTEN);
  }
}

/** Who may end a run, and until when. */
export interface Interruption {
  readonly signal: AbortSignal | undefined;
  /**
   * The name of an output that is written before anything that must be whole; once it is written, the run completes. undefined:
   * the results of an interrupted run are not needed.
   */
  readonly witness?: string | undefined;
}
