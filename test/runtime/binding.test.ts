// When memory is bound anew.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Api } from "../../src/runtime/api.ts";
import { Binding } from "../../src/runtime/binding.ts";
import type { Environment } from "../../src/runtime/environment.ts";
import type { Pointer } from "../../src/runtime/functions.ts";

/** An environment that only notes which functions are called. */
function noted(): { calls: string[]; environment: Environment } {
  const calls: string[] = [];
  const object = { pointer: 1n, release: () => calls.push("release") };
  const api = {
    make: () => object,
    call: (name: string, _binding: unknown, of: string) => calls.push(`${name} ${of}`),
    clear: () => calls.push("clear"),
  } as unknown as Api;
  return { calls, environment: { api, env: object, memory: object } as unknown as Environment };
}

const TYPE = { dtype: "float32", shape: [2] } as const;

test("an input in this process's memory is bound once, one that the device copies again for each run, an output once", () => {
  for (const copies of [false, true]) {
    const { calls, environment } = noted();
    const binding = new Binding(environment, 1n as Pointer<"Session">, copies);
    const [x, y] = [new Float32Array(2), new Float32Array(2)];
    for (let run = 0; run < 3; run++) {
      assert.equal(binding.bind("input", "x", TYPE, x), run === 0);
      assert.equal(binding.bind("output", "y", TYPE, y), run === 0);
    }
    assert.equal(calls.filter((call) => call === "BindInput x").length, copies ? 3 : 1);
    assert.equal(calls.filter((call) => call === "BindOutput y").length, 1);
  }
});

test("other memory is bound in place of the former, whose value is released", () => {
  const { calls, environment } = noted();
  const binding = new Binding(environment, 1n as Pointer<"Session">, false);
  const all = new Float32Array(4);
  assert.equal(binding.bind("input", "x", TYPE, all.subarray(0, 2)), true);
  assert.equal(binding.bind("input", "x", TYPE, all.subarray(0, 2)), false, "another view of the same memory");
  assert.equal(binding.bind("input", "x", TYPE, all.subarray(2)), true);
  assert.deepEqual(calls, ["BindInput x", "BindInput x", "release"]);
});
