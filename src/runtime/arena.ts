// The memory that sessions on the CPU share for what is between their inputs and outputs.

import { expand, reduceSum } from "../graph/functions.ts";
import { Graph } from "../graph/graph.ts";
import { float32 } from "../tensor.ts";
import { Session } from "./session.ts";

/**
 * Makes the arena at least so many bytes large, in one piece. It keeps what it has got, and grows by what is requested, so
 * without this, each batch that is longer than the ones before takes new memory for most of its tensors (docs/memory.md).
 */
export async function reserve(bytes: number): Promise<void> {
  const graph = new Graph("reserve");
  const one = graph.input("x", { dtype: "float32", shape: [1, 1] });
  graph.output("sum", reduceSum(expand(one, [1024, Math.ceil(bytes / 4096)]), [0, 1]));
  const session = await Session.create(graph);
  await session.run({ x: float32([1, 1], new Float32Array(1)) });
  await session.release();
}
