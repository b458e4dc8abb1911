// How well vectors separate the labels before adaptation, and after finetuning and masking.

import { represent } from "../../../src/adaptation/representation/representation.ts";
import { fixed } from "../../../src/numbers.ts";
import { spreadOf } from "../../../src/spread.ts";
import type { ReportSection } from "../../../src/study/report/document.ts";
import { projectionFigure, representationSection } from "../../../src/study/report/representation.ts";
import { spreadText } from "../../../src/study/report/text.ts";
import { adaptationsOf, type Measured, type Method, SEEDS } from "../accuracy.ts";
import { judged } from "./verdict.ts";

const METHODS: readonly Method[] = ["finetuned", "masked"];

/** `number` tells the sections of several tasks apart. */
export async function separationAnalysis(task: Measured, number: number): Promise<ReportSection> {
  const names = new Map<string, string>();
  for (const method of METHODS)
    for (const [i, file] of (await adaptationsOf(task, method)).entries())
      names.set(file, `${method}, seed ${SEEDS[i]}`);
  const found = await represent({
    ...{ adaptations: [...names.keys()], split: "test", rows: 1000, seed: 1, projection: "pca", device: "cpu" },
  });
  const nameOf = (file: string) => names.get(file)!;
  const section = representationSection(found, nameOf, number);
  // The data may not be redistributed: the picture shows no texts.
  const models = found.models
    .filter(({ adaptation }) => adaptation === null || nameOf(adaptation).endsWith(`seed ${SEEDS[0]}`))
    .map((model) => ({ ...model, points: model.points.map((point) => ({ ...point, text: "" })) }));
  const { svg, alt } = projectionFigure({ ...found, models }, nameOf);
  const pretrained = found.models.filter(({ adaptation }) => adaptation === null);
  const silhouetteOf = (method: Method) =>
    spreadOf(
      found.models.flatMap(({ adaptation, silhouette }) =>
        adaptation !== null && nameOf(adaptation).startsWith(method) && silhouette !== null ? [silhouette] : [],
      ),
    )!;
  const before = Math.max(...pretrained.map(({ silhouette }) => silhouette ?? 0));
  const after = METHODS.map((method) => ({ method, silhouette: silhouetteOf(method) }));
  return judged(
    { ...section, figure: { alt, svg: svg.replaceAll(/<title>[^<]*<\/title>/g, "") } },
    after.every(({ silhouette }) => silhouette.mean - (silhouette.deviation ?? 0) > before + 0.1),
    `the silhouette is ${fixed(before, 2)} in the pretrained model and ${after.map(({ method, silhouette }) => `${spreadText(silhouette, (value) => fixed(value, 2))} ${method}`).join(", ")} (${SEEDS.length} seeds).`,
  );
}
