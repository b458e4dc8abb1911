// The finished cells of the work on recurrence.

import type { LinearAttention } from "../../../../src/anatomy/additions.ts";
import { Finished } from "../../finished.ts";

export type MapName = LinearAttention["map"];

/** A run with linear attention. */
export interface TaskLine {
  readonly what: "task";
  readonly task: "sst2" | "trec";
  readonly map: MapName;
  readonly method: "finetune" | "mask";
  readonly seed: number;
  /** One digit for each test example, in order: 1 where the prediction is right. */
  readonly right: string;
  /** The mean over layers, heads and tokens of KL(softmax ‖ linear), in nats, before the first step and of the adaptation. */
  readonly before: number;
  readonly after: number;
  readonly seconds: number;
  readonly processor: string;
}

/** A decoder that has generated a number of tokens. */
export interface MemoryLine {
  readonly what: "memory";
  /** How it attends. */
  readonly way: "attention" | MapName;
  readonly tokens: number;
  /** What is kept of the tokens, and the most that the process has held since the first token, beyond what it held before. */
  readonly kept: number;
  readonly peak: number;
  /** Tokens a second, over the last 64 tokens. */
  readonly pace: number;
  readonly processor: string;
}

export type Line = TaskLine | MemoryLine;

export type TaskPlace = Pick<TaskLine, "what" | "task" | "map" | "method" | "seed">;

export const keyOf = (line: TaskPlace | Pick<MemoryLine, "what" | "way" | "tokens">): string =>
  line.what === "task"
    ? `task ${line.task} ${line.method} ${line.map} ${line.seed}`
    : `memory ${line.way} ${String(line.tokens).padStart(5, "0")}`;

export const openLines = () => new Finished<Line>("docs/neighbours/recurrence.jsonl", keyOf);
