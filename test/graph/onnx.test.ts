// What the ONNX bytes say, read back with the protobuf library, and what the runtime makes of operators without gradients.
import assert from "node:assert/strict";
import test from "node:test";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { cast, equal, greater, less, mul, scan, scatterRows, window } from "../../src/graph/functions.ts";
import { Graph, type Value } from "../../src/graph/graph.ts";
import { onnxBytes } from "../../src/graph/onnx.ts";
import { Session } from "../../src/runtime/session.ts";
import { float32, type Tensor } from "../../src/tensor.ts";

/** The length-delimited fields of a message by number. */
function fieldsOf(bytes: Uint8Array): Map<number, Uint8Array[]> {
  const reader = new BinaryReader(bytes);
  const fields = new Map<number, Uint8Array[]>();
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (type === WireType.LengthDelimited) fields.set(field, [...(fields.get(field) ?? []), reader.bytes()]);
    else reader.skip(type);
  }
  return fields;
}
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const names = (messages: readonly Uint8Array[] = [], field = 1) =>
  messages.map((message) => text(fieldsOf(message).get(field)![0]!));

const floats = (...data: number[]) => float32([data.length], Float32Array.from(data));
const longs = (...data: number[]): Tensor => ({
  dtype: "int64",
  shape: [data.length],
  data: BigInt64Array.from(data, BigInt),
});

/** The values of one result that `build` makes of the inputs. */
async function valuesOf(inputs: Record<string, Tensor>, build: (...values: Value[]) => Value): Promise<number[]> {
  const graph = new Graph("one");
  const values = Object.entries(inputs).map(([name, { dtype, shape }]) => graph.input(name, { dtype, shape }));
  graph.output("y", build(...values));
  const session = await Session.create(graph);
  const { y } = await session.run(inputs);
  await session.release();
  return Array.from(y!.data, Number);
}

test("results keep the names that they are asked for under, and only inputs and second names are copied", () => {
  const graph = new Graph("named");
  const x = graph.input("x", { dtype: "float32", shape: [2] });
  const y = mul(x, 2);
  graph.output("twice", y);
  graph.output("again", y);
  graph.output("same", x);
  const model = fieldsOf(onnxBytes(graph));
  const written = fieldsOf(model.get(7)![0]!);
  assert.deepEqual(names(written.get(11)), ["x"]);
  assert.deepEqual(names(written.get(12)), ["twice", "again", "same"]);
  assert.deepEqual(names(written.get(1), 4), ["Mul", "Identity", "Identity"]);
  assert.deepEqual(names(written.get(1), 2), ["twice", "again", "same"]);
  assert.deepEqual(names(model.get(8)), ["", "com.microsoft"]);
});

test("an operator of the runtime's own domain says so", () => {
  const graph = new Graph("domain");
  const x = graph.input("x", { dtype: "float32", shape: [2] });
  graph.output("y", graph.apply("Gelu", [x], {})[0]!);
  const [node] = fieldsOf(fieldsOf(onnxBytes(graph)).get(7)![0]!).get(1)!;
  assert.equal(text(fieldsOf(node!).get(7)![0]!), "com.microsoft");
});

test("comparisons are strict, and casts give 0 and 1", async () => {
  const x = floats(-1, 0.5, 2);
  assert.deepEqual(await valuesOf({ x }, (x) => cast(greater(x!, 0.5), "float32")), [0, 0, 1]);
  assert.deepEqual(await valuesOf({ x }, (x) => cast(less(x!, 0.5), "float32")), [1, 0, 0]);
  assert.deepEqual(await valuesOf({ x }, (x) => cast(equal(x!, 0.5), "int64")), [0, 1, 0]);
});

test("a window starts where the graph computes", async () => {
  const x = floats(0, 1, 2, 3, 4, 5);
  assert.deepEqual(await valuesOf({ x, at: longs(2) }, (x, at) => window(x!, at!, 3)), [2, 3, 4]);
});

test("rows that are scattered to one place add up", async () => {
  const updates = float32([3, 2], Float32Array.of(1, 2, 10, 20, 100, 200));
  assert.deepEqual(
    await valuesOf({ at: longs(2, 0, 2), updates }, (at, updates) => scatterRows(at!, updates!, 4)),
    [10, 20, 0, 0, 101, 202, 0, 0],
  );
});

test("rows that are scattered are added in their order, and none is lost", async () => {
  const [count, width, rows] = [2048, 384, 3];
  const places = Array.from({ length: count }, (_, i) => (i * i) % rows);
  const updates = float32(
    [count, width],
    Float32Array.from({ length: count * width }, (_, i) => Math.sin(i)),
  );
  const expected = new Float32Array(rows * width);
  updates.data.forEach((x, i) => {
    expected[places[Math.floor(i / width)]! * width + (i % width)]! += x;
  });
  const added = await valuesOf({ at: longs(...places), updates }, (at, updates) => scatterRows(at!, updates!, rows));
  assert.deepEqual(added, [...expected]);
});

test("a scan works slice by slice, with its parent's values", async () => {
  const x = float32([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6));
  assert.deepEqual(
    await valuesOf({ x, w: floats(1, 10, 100) }, (x, w) => scan([x!], ([slice]) => [mul(slice!, w!)])[0]!),
    [1, 20, 300, 4, 50, 600],
  );
});

test("a result is written into the array that is given for it", async () => {
  const graph = new Graph("in place");
  const x = graph.input("x", { dtype: "float32", shape: [3] });
  graph.output("y", mul(x, 3));
  const session = await Session.create(graph);
  const into = floats(0, 0, 0);
  await session.run({ x: floats(1, 2, 3) }, { y: into });
  await session.release();
  assert.deepEqual(Array.from(into.data, Number), [3, 6, 9]);
});
