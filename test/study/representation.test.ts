// The report's section on representations: what it compares, and figures in which text from files stays text.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { ModelRepresentation, Representation } from "../../src/adaptation/representation/representation.ts";
import { reportOf } from "../../src/study/report/report.ts";
import { projectionFigure, representationSection } from "../../src/study/report/representation.ts";
import { scatter } from "../../src/study/report/scatter.ts";
import { StudyState } from "../../src/study/state.ts";
import { readStudy } from "../../src/study/study.ts";
import { HOSTILE } from "../hostile-strings.ts";
import { asking, run, TinyStudies } from "./tiny.ts";

const studies = new TinyStudies();
let folder: string;
before(async () => {
  studies.taskFile("other");
  folder = studies.make("represented", {
    ...{ tasks: ["../tiny.task.json", "../other.task.json"], methods: ["mask", "finetune"], seeds: [1, 2] },
  });
  await run(folder);
});
after(() => studies.remove());

function model(adaptation: string | null, label = "yes", text = "a text"): ModelRepresentation {
  return {
    ...{
      adaptation,
      permuteLabels: null,
      base: "tiny",
      reads: "first",
      ...{ maxLength: 128, context: "document" },
      vectors: { train: 20, split: 2 },
    },
    ...{ probe: { accuracy: 0.75, majority: 0.5 }, silhouette: -0.0625, explained: [0.5, 0.25] },
    points: [0, 1].map((x) => ({ x, y: 2 * x, label, text })),
  };
}

const found = (adaptations: readonly string[], label = "yes", text = "a text"): Representation => ({
  task: { file: "t.task.json", name: "tiny", labels: ["no", label] },
  ...{ split: "test", projection: "pca", seed: 1, notes: [] },
  counts: { train: { examples: 20, cut: 0, unscored: 0 }, split: { examples: 2, cut: 0, unscored: 0 } },
  models: [model(null, label, text), ...adaptations.map((one) => model(one, label, text))],
});

test("each task has a section with the pretrained model and the first cell of each group", async () => {
  const asked: string[][] = [];
  const { sections } = await reportOf(await StudyState.read(await readStudy(folder)), {
    ...{ tool: "masklens test", commands: [] },
    extras: {
      which: ["representations"],
      asks: asking({
        async represent({ adaptations }) {
          asked.push([...adaptations]);
          return found(adaptations);
        },
      }),
    },
  });
  assert.deepEqual(
    asked.map((files) => files.length),
    [2, 2],
  );
  const own = sections.filter(({ id }) => id.startsWith("representations"));
  assert.deepEqual(
    own.map(({ id }) => id),
    ["representations-1", "representations-2"],
  );
  assert.deepEqual(own[0]!.table!.rows, [
    ["pretrained", "75.0", "50.0", "−0.063"],
    ["tiny, mask, 001", "75.0", "50.0", "−0.063"],
    ["tiny, finetune, 003", "75.0", "50.0", "−0.063"],
  ]);
  assert.match(own[0]!.claim!, /the pretrained model does not/);
});

test("a figure has a plot for each model, a mark with its text for each vector, and a key for each label", () => {
  const { svg, alt } = projectionFigure(found(["a"]), (file) => file.toUpperCase());
  assert.equal(svg.match(/<title>yes: a text<\/title>/g)!.length, 4);
  assert.match(svg, />A<\/text>/);
  assert.match(svg, />component 1 \(50\.0 % of the variance\)<\/text>/);
  assert.match(svg, />yes<\/text>/);
  assert.doesNotMatch(svg, />no<\/text>/, "no vector has this label");
  assert.match(alt, /principal components, by label: pretrained; A$/);
});

test("each of 64 labels has a colour and a mark of its own", () => {
  const labels = Array.from({ length: 64 }, (_, i) => `label ${i}`);
  const points = labels.map((label, i) => ({ x: i, y: 0, label, text: "" }));
  const svg = scatter([{ name: "", note: "", axes: ["", ""], points }], labels, "");
  const keys = [...svg.matchAll(/<path d="M24 [\d.]+(m[^"]+)" ([^/]*)\/>/g)].map(([, steps, look]) => steps! + look);
  assert.equal(new Set(keys).size, 64);
});

test("whatever labels and texts say, a figure shows them as text", () => {
  const tags = (label: string, text: string) => {
    const { svg } = projectionFigure(found([text], label, text), (file) => file);
    assert.doesNotMatch(svg, /<(script|img|foreignObject|a)\b|onerror=[^&]*>/i);
    return svg.match(/<(?!\/)/g)!.length;
  };
  const usual = tags("yes", "x");
  for (const text of HOSTILE.filter(Boolean)) assert.equal(tags(text, text), usual, text);
  const { svg } = projectionFigure(found([], "<b>", "</title><script>"), (file) => file);
  assert.match(svg, /<title>&lt;b&gt;: &lt;\/title&gt;&lt;script&gt;<\/title>/);
});

test("pretrained models of several base models are told apart", () => {
  const both = found(["a"]);
  const models = [model(null), { ...model(null), base: "other" }, ...both.models.slice(1)];
  const { table } = representationSection({ ...both, models }, (file) => file, 1);
  assert.deepEqual(
    table!.rows.map(([name]) => name),
    ["pretrained, tiny", "pretrained, other", "a"],
  );
});
