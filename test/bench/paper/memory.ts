// Memory against the number of tasks: files, and a process that has loaded them.

import { statSync } from "node:fs";
import { openPretrained } from "../../../src/model/weights/pretrained.ts";
import { bytes, fixed } from "../../../src/numbers.ts";
import type { ReportSection } from "../../../src/study/report/document.ts";
import { lineChart, type Series } from "../../../src/study/report/line-chart.ts";
import { memorySection } from "../../../src/study/report/sections.ts";
import { adaptationsOf } from "../accuracy.ts";
import { peakWith } from "../speed/memory.ts";
import { minilm } from "../tasks.ts";
import { judged } from "./verdict.ts";

const COUNTS = [1, 2, 5, 10];
const METHODS = { mask: "masked", finetune: "finetuned" } as const;

export async function memoryAnalysis(): Promise<ReportSection> {
  const pretrained = await openPretrained(minilm());
  const base = pretrained.float32Bytes;
  await pretrained.close();
  const sizes = new Map<string, number>();
  const series: Series[] = [];
  for (const [name, method] of Object.entries(METHODS)) {
    const [file] = (await adaptationsOf("sst2", method, [1])) as [string];
    sizes.set(name, statSync(file).size);
    const points = [];
    for (const count of COUNTS) points.push({ x: count, y: await peakWith(file, count), deviation: null });
    series.push({ name: method, points });
  }
  const [masks, copies] = series.map(({ points }) => (points.at(-1)!.y - points[0]!.y) / (COUNTS.at(-1)! - 1));
  const alt = "Peak memory of a process against the number of loaded tasks, in MB";
  const section = memorySection({ model: "", base, adaptations: sizes });
  return judged(
    {
      ...section,
      figure: {
        alt,
        svg: lineChart(series, { x: "loaded tasks", y: "peak memory, MB", tick: String }, alt),
      },
    },
    masks! < copies! / 2,
    `a mask's file takes ${bytes(sizes.get("mask")!)}, a finetuned copy's ${bytes(sizes.get("finetune")!)}; each additional loaded task takes ${fixed(masks, 1)} MB as a mask and ${fixed(copies, 1)} MB as a copy (peak of the process, which has answered once with each).`,
  );
}
