// npm run bench effect [SEED …]: what the heads of three masks of one task are worth. How well do estimates order the exact
// effects, does z, and do masks of other seeds agree? Finished masks are in docs/effect.jsonl. Writes docs/effect.md.

import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { type Effects, effect, type PartEffect } from "../../../src/adaptation/effect/effect.ts";
import { DEAD } from "../../../src/adaptation/effect/limits.ts";
import type { Change } from "../../../src/adaptation/effect/targets.ts";
import type { Estimate } from "../../../src/mask/metadata.ts";
import { rankCorrelation } from "../../../src/mask/significance.ts";
import { adaptationsOf } from "../accuracy.ts";
import { Finished } from "../finished.ts";
import { markdown } from "../markdown.ts";

const RESULTS = "docs/effect.jsonl";
const TASK = "sst2";
const SEEDS = [1, 2, 3];
const CHANGES = ["zeroed", "restored"] as const satisfies Change[];

interface Line extends Pick<Effects, "change" | "examples" | "loss" | "metric" | "heads" | "kinds"> {
  readonly seed: number;
  readonly parts: readonly (Pick<PartEffect, "layer" | "head" | "kind" | "changed" | "estimate" | "z"> & {
    readonly loss: number;
    readonly metric: number;
    readonly pHolm: number | null;
    readonly logits: number;
  })[];
  readonly seconds: number;
  readonly processor: string;
}

const finishedMasks = () => new Finished<Line>(RESULTS, ({ change, seed }) => `${change}-${seed}`);

export async function benchEffect(words: readonly string[]): Promise<void> {
  const seeds = words.length ? words.map(Number) : SEEDS;
  const finished = finishedMasks();
  const write = () => finished.lines.length && writeFileSync("docs/effect.md", effectPage(finished.lines));
  write();
  for (const change of CHANGES)
    for (const seed of seeds) {
      if (finished.find(`${change}-${seed}`)) continue;
      finished.add(await measured(change, seed));
      write();
    }
}

async function measured(change: Change, seed: number): Promise<Line> {
  const [mask] = (await adaptationsOf(TASK, "masked", [seed])) as [string];
  const start = performance.now();
  const all = { split: "validation", device: "cpu", seconds: Number.POSITIVE_INFINITY } as const;
  let done = 0;
  const { parts, examples, loss, metric, heads, kinds } = await effect({ mask, change, ...all }, () => {
    if (done++ % 10 === 0) process.stderr.write(`${change}, seed ${seed}: ${done} measured\n`);
  });
  return {
    ...{ seed, change, examples, loss, metric, heads, kinds, seconds: Math.round((performance.now() - start) / 1000) },
    processor: cpus()[0]?.model.trim() ?? "unknown",
    parts: parts.map(({ layer, head, kind, changed, estimate, z, measured }) => ({
      ...{ layer, head, kind, changed, estimate, z, loss: measured!.loss.value, metric: measured!.metric.value },
      ...{ pHolm: measured!.mcnemar?.pHolm ?? null, logits: measured!.logits },
    })),
  };
}

const isHead = ({ head }: Line["parts"][number]) => head !== null;

const text = (value: Estimate | null) =>
  value ? `${value.value.toFixed(2)} (${value.low.toFixed(2)} to ${value.high.toFixed(2)})` : "–";

export function effectPage(lines: readonly Line[] = finishedMasks().lines): string {
  const sections = CHANGES.flatMap((change) => {
    const own = lines.filter((line) => line.change === change);
    if (!own.length) return [];
    const rows = own.map(({ seed, loss, metric, heads, kinds, parts }) => {
      const dead = parts.filter((part) => isHead(part) && part.logits <= DEAD).length;
      const significant = parts.filter(({ pHolm }) => pHolm !== null && pHolm <= 0.05).length;
      return [
        ...[String(seed), loss.toFixed(4), (100 * metric).toFixed(1), text(heads.estimate), text(kinds.estimate)],
        ...[text(heads.z), text(kinds.z), String(significant), ...(change === "zeroed" ? [String(dead)] : [])],
      ];
    });
    const pairs = own.flatMap((a, i) => own.slice(i + 1).map((b) => [a, b] as const));
    const agreement = pairs.map(([a, b]) => {
      const over = (wanted: (part: Line["parts"][number]) => boolean) =>
        text(
          rankCorrelation(
            a.parts.filter(wanted).map(({ loss }) => loss),
            b.parts.filter(wanted).map(({ loss }) => loss),
          ),
        );
      return [`${a.seed} and ${b.seed}`, over(isHead), over((part) => !isHead(part))];
    });
    return [
      `## Parts ${change}`,
      "",
      ...markdown(
        [
          ...[
            "seed",
            "loss",
            "accuracy, %",
            "estimate and exact, heads",
            "estimate and exact, kinds",
            "z and exact, heads",
          ],
          ...["z and exact, kinds", "p (Holm) ≤ 0.05", ...(change === "zeroed" ? ["dead heads"] : [])],
        ],
        rows,
      ),
      "",
      ...(agreement.length
        ? [
            "How far the exact effects of two seeds agree:",
            "",
            ...markdown(["seeds", "heads", "kinds of a layer"], agreement),
            "",
          ]
        : []),
      "The five largest exact changes of the loss of each seed:",
      "",
      ...markdown(
        ["seed", "parts"],
        own.map(({ seed, parts }) => [
          String(seed),
          parts
            .toSorted((a, b) => Math.abs(b.loss) - Math.abs(a.loss))
            .slice(0, 5)
            .map(({ layer, head, kind, loss }) => {
              const name = head === null ? `${layer === null ? "" : `layer ${layer} `}${kind}` : `L${layer}H${head}`;
              return `${name} ${loss > 0 ? "+" : ""}${loss.toFixed(3)}`;
            })
            .join(", "),
        ]),
      ),
      "",
    ];
  });
  const [first] = lines;
  const missing = CHANGES.flatMap((change) =>
    SEEDS.filter((seed) => !lines.some((line) => line.change === change && line.seed === seed)).map(
      (seed) => `${change}, seed ${seed}`,
    ),
  );
  return [
    "# What heads are worth",
    "",
    `Made by \`npm run bench effect\`: masks of ${TASK} over all-MiniLM-L6-v2, as in [results.md](results.md) (magnitude scores, learning rate 0.002, auxiliary parameters), on ${first!.examples} validation examples; ${first!.processor}. Each of 72 heads and of the kinds of each layer is changed alone and evaluated. The estimate comes from one backward pass ([method.md](method.md#what-a-part-of-a-mask-is-worth)). Rank correlations (Spearman) have 95 % intervals; p is McNemar's, corrected for all parts of a mask. loss and accuracy are the mask's own. All numbers: \`effect.jsonl\`.`,
    "",
    ...(missing.length ? [`Not measured yet; the same command goes on with: ${missing.join("; ")}.`, ""] : []),
    ...sections,
  ].join("\n");
}
