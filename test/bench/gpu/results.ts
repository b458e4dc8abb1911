// What the GPU benchmark measures, and which results it keeps.

/** Layers, hidden size, attention heads, intermediate size, batch, length. */
export const SHAPES = [
  [4, 256, 4, 1024, 32, 64],
  [6, 384, 12, 1536, 32, 64],
  [12, 768, 12, 3072, 32, 128],
  [12, 768, 12, 3072, 128, 128],
] as const;
export const nameOf = (shape: readonly number[]) => shape.join("·");

export const TITLES = { float32: "float32", tf32: "TF32", bfloat16: "bfloat16" } as const;

export const PEER_STEPS = 30;
/** Tasks over one base model. */
export const TASKS = [1, 10] as const;

export type Measured<T> = { readonly value: T } | { readonly error: string };

export interface Machine {
  readonly card: string;
  readonly driver: string;
  readonly memory: string;
  readonly processor: string;
  readonly node: string;
  readonly runtime: string;
  /** The commit of the runtime's core; the CUDA provider does not state one, so its digest is used. */
  readonly commit: string;
  readonly provider: string;
  readonly missing: readonly string[];
  readonly torch: string;
}

export interface Losses {
  readonly family: string;
  readonly want: readonly number[];
  readonly cpu: readonly number[];
  readonly cuda: readonly number[];
}

/** Milliseconds of each step, or of each answer. */
export interface Times {
  readonly times: readonly number[];
}

/** What nvidia-smi says while something is measured. */
export interface Watched {
  /** The peak of the GPU's memory, in MiB. */
  readonly megabytes: number;
  /** In how much of the last seconds the GPU computed nothing; undefined if it took less than that. */
  readonly idle?: number;
}

export interface Placement {
  /** Nodes by provider. */
  readonly nodes: Readonly<Record<string, number>>;
  /** Nodes that do not run on the GPU, and copies to and from it: operators with their numbers. */
  readonly others: Readonly<Record<string, number>>;
}

/** By name; see `parts`. */
export interface Results {
  readonly machine: Machine;
  readonly measured: Record<string, Measured<unknown>>;
}
