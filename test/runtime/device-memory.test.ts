// Tensors in a device's own memory, which on the CPU is ours.

import assert from "node:assert/strict";
import { test } from "node:test";
import { add, mul } from "../../src/graph/functions.ts";
import { Graph } from "../../src/graph/graph.ts";
import type { Device } from "../../src/runtime/device.ts";
import { DeviceMemory } from "../../src/runtime/device-memory.ts";
import { Session } from "../../src/runtime/session.ts";
import { float32 } from "../../src/tensor.ts";

const device = (process.env.DEV ?? "cpu") as Device;
test("what is copied to a device's memory is read back, and a run reads and writes it there", async () => {
  const memory = await DeviceMemory.of(device);
  const type = { dtype: "float32", shape: [2, 3] } as const;
  const [a, b] = [memory.allocate(type), memory.allocate(type)];
  const given = Float32Array.of(1, 2, 3, 4, 5, 6);
  await memory.copy(float32([2, 3], given), a);
  const back = new Float32Array(6);
  await memory.copy(a, float32([2, 3], back));
  assert.deepEqual(back, given);
  const graph = new Graph("double and add");
  const x = graph.input("x", type);
  graph.output("y", add(mul(x, 2), graph.input("z", type)));
  const session = await Session.create(graph, device);
  for (let i = 0; i < 3; i++) {
    const results = await session.run({ x: a, z: float32([2, 3], given) }, { y: b });
    assert.deepEqual(results, {});
  }
  await memory.copy(b, float32([2, 3], back));
  assert.deepEqual(
    back,
    given.map((x) => 3 * x),
  );
  await session.release();
  await memory.release();
});
