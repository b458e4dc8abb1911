// npm run bench profile [SHAPE]: where a training step's time and memory go, from the runtime's own profile: by operator, the
// time, the bytes read and written, and what is in memory at the peak.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { aliveAtPeak, bytesIn } from "../../../src/graph/alive.ts";
import type { Value } from "../../../src/graph/graph.ts";
import { sizeOf } from "../../../src/tensor.ts";
import { markdown } from "../markdown.ts";
import { ours } from "./step.ts";

const SHAPES = [
  [12, 768, 12, 3072, 8, 64],
  [6, 384, 12, 1536, 32, 64],
];
/** Steps whose profile is read; the first ones compile and fill memory. */
const STEPS = 8;
const SKIPPED = 3;

/** Rows of the table of what is in memory. */
const LARGEST = 10;

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0);

const BYTES: Readonly<Record<string, number>> = { float: 4, int32: 4, int64: 8, bool: 1, uint8: 1 };

type Shapes = readonly Readonly<Record<string, readonly number[]>>[];

interface Event {
  readonly name: string;
  /** In microseconds since the profile began, and the duration. */
  readonly ts: number;
  readonly dur: number;
  readonly args?: {
    readonly op_name?: string;
    readonly input_type_shape?: Shapes;
    readonly output_type_shape?: Shapes;
  };
}

interface Used {
  calls: number;
  /** Without the nodes of bodies. */
  milliseconds: number;
  read: number;
  written: number;
}

const bytesOf = (shapes: Shapes = []) =>
  shapes.flatMap((one) => Object.entries(one)).reduce((sum, [type, shape]) => sum + sizeOf(shape) * BYTES[type]!, 0);

/** The use of each operator in one step, on average over the steps that are read. */
function usesOf(events: readonly Event[]): { readonly uses: Map<string, Used>; readonly step: number } {
  const runs = events.filter(({ name }) => name === "model_run").slice(SKIPPED);
  const start = Math.min(...runs.map(({ ts }) => ts));
  const uses = new Map<string, Used>();
  const nodes = events.filter(({ name, ts }) => name.endsWith("_kernel_time") && ts >= start);
  for (const { args, dur, ts } of nodes) {
    const operator = args!.op_name!;
    const used = uses.get(operator) ?? { calls: 0, milliseconds: 0, read: 0, written: 0 };
    const hasBody = operator === "Scan";
    const inside = hasBody ? nodes.filter((one) => one.ts > ts && one.ts + one.dur <= ts + dur) : [];
    used.calls += 1 / runs.length;
    used.milliseconds += (dur - inside.reduce((sum, one) => sum + one.dur, 0)) / 1000 / runs.length;
    if (!hasBody) {
      used.read += bytesOf(args!.input_type_shape) / runs.length;
      used.written += bytesOf(args!.output_type_shape) / runs.length;
    }
    uses.set(operator, used);
  }
  return { uses, step: runs.reduce((sum, { dur }) => sum + dur, 0) / 1000 / runs.length };
}

/** Values of one operator and type, the largest groups first. */
interface Alike {
  readonly operator: string;
  readonly type: string;
  count: number;
  bytes: number;
}

function alike(values: readonly Value[]): Alike[] {
  const groups = new Map<string, Alike>();
  for (const value of values) {
    const [operator, type] = [value.node!.op, `${value.type.dtype} ${value.type.shape.join("×")}`];
    const group = groups.get(`${operator} ${type}`) ?? { operator, type, count: 0, bytes: 0 };
    group.count++;
    group.bytes += bytesIn([value]);
    groups.set(`${operator} ${type}`, group);
  }
  return [...groups.values()].sort((a, b) => b.bytes - a.bytes);
}

export async function benchProfile([given]: readonly string[]): Promise<void> {
  for (const shape of given ? [given.split(/\D+/).map(Number)] : SHAPES) {
    const folder = mkdtempSync(path.join(tmpdir(), "masklens-profile-"));
    try {
      const { graph, run, release } = await ours(shape, STEPS, { profile: path.join(folder, "profile") });
      await run();
      await release();
      const [file] = readdirSync(folder);
      const { uses, step } = usesOf(JSON.parse(readFileSync(path.join(folder, file!), "utf8")));
      const rows = [...uses]
        .sort(([, a], [, b]) => b.milliseconds - a.milliseconds)
        .map(([operator, { calls, milliseconds, read, written }]) => [
          ...[operator, calls.toFixed(0), milliseconds.toFixed(1), `${((100 * milliseconds) / step).toFixed(1)} %`],
          ...[read, written].map(megabytes),
        ]);
      console.log(`${shape.join("·")}, ${step.toFixed(0)} ms a step while profiled\n`);
      console.log(`${markdown(["operator", "calls", "ms", "share", "MB read", "MB written"], rows).join("\n")}\n`);
      const peak = aliveAtPeak(graph);
      console.log(
        `In memory at the peak, by the graph's order: ${megabytes(bytesIn(graph.inputs))} MB of weights, scores, moments and the batch, and ${megabytes(bytesIn(peak))} MB between\n`,
      );
      const largest = alike(peak)
        .slice(0, LARGEST)
        .map(({ operator, type, count, bytes }) => [operator, type, String(count), megabytes(bytes)]);
      console.log(`${markdown(["result of", "type", "count", "MB"], largest).join("\n")}\n`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}
