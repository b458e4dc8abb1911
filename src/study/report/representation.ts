// The section on the vectors that classifiers read, and its figure.

import type { ModelRepresentation, Representation } from "../../adaptation/representation/representation.ts";
import { controlSuffix } from "../../mask/control.ts";
import { fixed, grouped } from "../../numbers.ts";
import type { ReportFigure, ReportSection } from "./document.ts";
import { scatter } from "./scatter.ts";
import { percent } from "./text.ts";

/** What a vector is. */
export const READS: Readonly<Record<ModelRepresentation["reads"], string>> = {
  first: "the last hidden state of the first token",
  last: "the last hidden state of the last token",
  mean: "the mean of the last hidden states",
  labelled: "the last hidden state of each token with a label",
};

/** "pretrained", with what tells several apart, or the name of the adaptation's file, with a remark if it is a control. */
export function namesOf(
  models: readonly ModelRepresentation[],
  nameOf: (file: string) => string,
): (model: ModelRepresentation) => string {
  const pretrained = models.filter(({ adaptation }) => adaptation === null);
  const differs = (key: "base" | "reads" | "maxLength" | "context") =>
    new Set(pretrained.map((one) => one[key])).size > 1;
  return ({ adaptation, permuteLabels, base, reads, maxLength, context }) =>
    adaptation === null
      ? [
          "pretrained",
          ...(differs("base") ? [base] : []),
          ...(differs("reads") ? [READS[reads]] : []),
          ...(differs("maxLength") ? [`at most ${grouped(maxLength)} tokens`] : []),
          ...(differs("context") ? [context === "document" ? "whole documents" : "single sentences"] : []),
        ].join(", ")
      : nameOf(adaptation) + controlSuffix(permuteLabels);
}

const TITLES = { pca: "component", umap: "UMAP" } as const;

/** The projections side by side, the pretrained model first; `nameOf`: the name of an adaptation's file. */
export function projectionFigure(found: Representation, nameOf: (file: string) => string): ReportFigure {
  const { task, split, projection, models } = found;
  const name = namesOf(models, nameOf);
  const method = projection === "pca" ? "the first two principal components" : "two dimensions by UMAP";
  const alt = `Vectors of ${split} examples of ${task.name}, projected to ${method}, by label: ${models.map(name).join("; ")}`;
  const panels = models.map((model) => {
    const axis = (i: number) => {
      const share = model.explained?.[i];
      return `${TITLES[projection]} ${i + 1}${share === undefined ? "" : ` (${percent(share)} % of the variance)`}`;
    };
    return {
      name: name(model),
      note: `probe ${percent(model.probe.accuracy)} %, silhouette ${fixed(model.silhouette, 3)}`,
      axes: [axis(0), axis(1)] as const,
      points: model.points,
    };
  });
  return { alt, svg: scatter(panels, task.labels, alt) };
}

/** `number` tells the sections of several tasks apart. */
export function representationSection(
  found: Representation,
  nameOf: (file: string) => string,
  number: number,
): ReportSection {
  const { task, split, models, counts, seed } = found;
  const name = namesOf(models, nameOf);
  const [{ vectors, points }] = models as [ModelRepresentation];
  const reads = [...new Set(models.map((model) => READS[model.reads]))].join(", or ");
  return {
    ...headingOf(task.name, number),
    claim: "masked and finetuned models separate the classes, the pretrained model does not.",
    text: [
      `A vector is what the classifier reads: ${reads}; ${grouped(vectors.split)} of ${grouped(counts.split.examples)} ${split} examples. Beside the adaptations: the pretrained model as it is.`,
      `The probe is a linear classifier trained on ${grouped(vectors.train)} vectors of training examples; compare its accuracy with the majority, the accuracy of always predicting their most frequent label, and with the pretrained model's probe. The silhouette over ${grouped(points.length)} vectors is 1 if labels are compact and far apart, and 0 if they overlap. The claim holds where both are clearly higher than the pretrained model's. Drawn with seed ${seed}.`,
    ],
    table: {
      caption: "How well vectors separate the labels",
      header: ["model", "probe accuracy, %", "majority, %", "silhouette"],
      rows: models.map((model) => [
        name(model),
        ...[percent(model.probe.accuracy), percent(model.probe.majority), fixed(model.silhouette, 3)],
      ]),
    },
    figure: projectionFigure(found, nameOf),
  };
}

/** Why a choice task has no numbers. */
export const choiceSection = (task: string, number: number): ReportSection => ({
  ...headingOf(task, number),
  claim: null,
  text: ["A label of a choice task is the place of a continuation, so no vector belongs to a label."],
  table: null,
  figure: null,
});

const headingOf = (task: string, number: number) => ({
  id: `representations-${number}`,
  title: `Classes in the space of representations: ${task}`,
});
