// masklens represent: how well the vectors that the classifier reads separate the labels.

import path from "node:path";
import { DRAWN, MOST_POINTS, PROJECTIONS } from "../../adaptation/representation/projection.ts";
import type { Representation, RepresentationOptions } from "../../adaptation/representation/representation.ts";
import { InputError } from "../../errors.ts";
import { writeAtomic } from "../../files.ts";
import { fixed, grouped } from "../../numbers.ts";
import { namesOf, projectionFigure, READS } from "../../study/report/representation.ts";
import { alone } from "../../study/report/svg.ts";
import { quoted, visible } from "../../visible.ts";
import { type Command, DEVICE_FLAG, JSON_FLAG, MODEL_FLAG } from "../command.ts";
import { withCompute } from "../compute.ts";
import { adaptationsOf } from "../evaluate.ts";
import { drawnOf, oneOf, pathsOf } from "../flag-values.ts";
import { percent, table } from "../tables/table.ts";
import { print, printJson } from "../terminal.ts";
import { shorter } from "../train.ts";

export const command: Command = {
  summary: "measure how well a model's vectors separate the labels",
  usage: ["represent ADAPTATION… [--split validation|test] [--rows N] [--projection pca|umap] [--out FILE.svg]"],
  about:
    "Takes the vectors that the classifier reads, under each adaptation of one task and under the pretrained model as it is: the last hidden state of the first token (in a decoder, of the last), or of another token or the mean over all if the adaptation's pooling says so, or in tagging and document tasks that of each token with a label. A linear probe (ridge classification) is trained on the vectors of training examples; its accuracy is compared with always predicting the most frequent training label. The silhouette is 1 if the labels form compact clusters far apart, and 0 if they overlap. Compare both with those of the pretrained model.",
  flags: {
    split: { value: "validation|test", explanation: "split to measure on (default test)" },
    rows: {
      value: "N",
      explanation: `the most training examples, and the most of their vectors, for the probe (default ${grouped(DRAWN.rows)})`,
    },
    projection: {
      value: PROJECTIONS.join("|"),
      explanation: `projection of the vectors to two dimensions, at most ${grouped(MOST_POINTS)} of them (default pca)`,
    },
    out: {
      value: "FILE.svg",
      explanation: "draw the projections side by side; hovering over a mark shows its label and text",
    },
    seed: { value: "N", explanation: `seed of the examples that are drawn and of UMAP (default ${DRAWN.seed})` },
    task: { value: "FILE", explanation: "task file, if not the task that the adaptations were trained on" },
    model: MODEL_FLAG,
    device: DEVICE_FLAG,
    json: JSON_FLAG,
  },
  examples: [
    [
      "masklens represent masks/a/a.mask.safetensors masks/f/f.tuned.safetensors",
      "does a mask separate the classes as finetuning does, and the pretrained model not?",
    ],
  ],
  async run({ given, positionals }, terminal) {
    if (!positionals.length)
      throw new InputError("represent takes one or more adaptations", {}, "run masklens represent FILE");
    const out = given.get("out");
    if (out !== undefined && !out.toLowerCase().endsWith(".svg"))
      throw new InputError(`the figure is an SVG file, and ${quoted(out)} is not`, { at: "--out" }, "name it FILE.svg");
    const found = await withCompute(terminal, (compute, signal) =>
      compute.ask("represent", optionsOf(positionals, given), {
        signal,
        onEvent: (name) => print(terminal.err, `encoded with ${visible(shorter(name))}\n`),
      }),
    );
    for (const note of found.notes) print(terminal.err, `${visible(note)}\n`);
    if (out !== undefined) {
      await writeAtomic(path.resolve(out), [Buffer.from(alone(projectionFigure(found, shorter).svg))]);
      print(terminal.err, `wrote ${visible(shorter(path.resolve(out)))}\n`);
    }
    if (given.has("json")) return printJson(terminal, found);
    print(terminal.out, textOf(found));
  },
};

function optionsOf(
  files: readonly string[],
  given: ReadonlyMap<string, string>,
): Omit<RepresentationOptions, "models" | "signal"> {
  return {
    ...adaptationsOf(files, given),
    split: oneOf(["test", "validation"], "split", given),
    projection: oneOf(PROJECTIONS, "projection", given),
    ...drawnOf(given, DRAWN),
    ...pathsOf(given, "task"),
  };
}

function textOf({ task, split, models, counts, seed }: Representation): string {
  const nameOf = namesOf(models, shorter);
  const rows = models.map((model) => [
    nameOf(model),
    ...[percent(model.probe.accuracy), percent(model.probe.majority), fixed(model.silhouette, 3)],
  ]);
  const [{ vectors, points }] = models as [Representation["models"][number]];
  const reads = [...new Set(models.map((one) => READS[one.reads]))].join(", or ");
  const lost = counts.split.cut ? ` (${grouped(counts.split.cut)} truncated)` : "";
  return `${visible(task.name)}: vectors of ${grouped(counts.split.examples)} ${split} examples${lost}, each ${reads}
${table(["", "probe accuracy, %", "majority, %", "silhouette"], rows)}The probe is trained on ${grouped(vectors.train)} vectors of training examples and evaluated on ${grouped(vectors.split)}. Majority: the accuracy of always predicting their most frequent label. Silhouette over ${grouped(points.length)} vectors: 1 if labels are far apart, 0 if they overlap. Drawn with seed ${seed}.
`;
}
