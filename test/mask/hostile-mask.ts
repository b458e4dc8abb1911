// A mask file that is right in every respect but that its names try to be more than text.

import { writeFileSync } from "node:fs";
import { encodeMask } from "../../src/mask/file.ts";
import { initialMask } from "../../src/mask/initial.ts";
import type { InitialKind } from "../../src/mask/metadata.ts";
import { facts, recipe } from "./fixture.ts";

/** A mask whose names are these strings, each somewhere; the first is also where it says that its base model lies. */
export async function hostileMask(
  file: string,
  strings: readonly string[],
  maskSeed = 1,
  kind: InitialKind = "uniform",
): Promise<void> {
  const name = (i: number) => strings[i % strings.length]!;
  const initial = recipe(maskSeed);
  const of = "encoder.layer.0.intermediate.dense.weight";
  const plain = facts({ ...initial, kind });
  const score = { value: 0.5, low: null, high: null, reason: name(3) };
  const metadata = {
    ...plain,
    tool: name(1) || "tool",
    base: { ...plain.base, id: name(2) || "base", path: name(0), weights: { [of]: "0".repeat(64) } },
    task: { ...plain.task, name: name(0) || "task", labels: [...new Set(strings), "other"] },
    run: { seed: 1, method: name(4), [`key ${name(5)}`]: name(5), permuteLabels: 1, task: name(2) },
    metrics: { test: { examples: 3, cut: 0, accuracy: score, [`metric ${name(1)}`]: score } },
  };
  const matrices = [{ name: of, layer: 0, kind: "I", bits: initialMask(initial, of, 32, 16)! }] as const;
  writeFileSync(file, Buffer.concat(await encodeMask({ metadata, matrices, tensors: [] } as never)));
}
