import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  keptEvaluation,
  keptFolder,
  keptMasks,
  keptTable,
  messageOfPage,
  textToTry,
} from "../../../src/extension/ui/page-messages.ts";
import { fileNameOf } from "../../../src/file-name.ts";
import { HOSTILE } from "../../hostile-strings.ts";
import { malformed, malformedMessages } from "./page-messages.ts";

const CHOICE = {
  ...{ newTokens: 40, beams: 1, lengthPenalty: -0.5, temperature: 0.7, topK: 0, topP: 1, seed: 0, stops: ["\n"] },
};

test("no malformed message of a page, nor what one has kept, has an effect or throws", async () => {
  assert.deepEqual(await malformed(400), { handlers: 12, messages: 4800, effects: 0, errors: 0 });
});

test("the malformed messages follow from their seed", () => {
  const some = (seed: number) => [...malformedMessages(seed, 50)];
  assert.deepEqual(some(7), some(7));
  assert.notDeepEqual(some(7), some(8));
});

test("each page is heard with its own messages and no others, without what does not belong to them", () => {
  const files = ["/m/a.mask.safetensors", "/m/b.mask.safetensors"];
  const right = {
    ready: {},
    details: {},
    places: {},
    measure: { change: "swapped", seconds: 60, head: { layer: 3, head: 0, kind: "all" } },
    stopMeasuring: {},
    matrix: { name: "a" },
    weight: { name: "a", row: 0, column: 2 },
    weights: { name: "a", row: 0, column: 2, masks: [0, 3] },
    copy: { text: "" },
    save: { name: "a b.csv", data: new Uint8Array(2), metadata: '{"table":"Heads"}' },
    figures: { colours: "light" },
    command: { command: "resume" },
    curves: { runs: ["/m/a"] },
    act: { act: "diff", runs: ["/m/a", "/m/b"] },
    study: { act: "pause" },
    move: { cell: 3, to: "down" },
    cell: { cell: 12 },
    atOnce: { count: 4 },
    relate: { tasks: ["a", "b"], related: false },
    load: { adaptations: files },
    ask: { request: 0, texts: ["a", ""], attributes: { user: ["ann"], tags: [] } },
    explain: { request: 0, adaptation: files[0], text: "", attributes: {}, label: "a", deletion: false },
    generate: { request: 0, texts: ["a"], choice: CHOICE },
    stopGenerating: {},
    enough: { request: 0 },
    evaluate: { split: "validation" },
    lines: { request: 0, adaptation: 1, examples: [0, 7] },
    search: { request: 0, adaptation: 1, text: "a" },
    tryText: { text: "a\tb", attributes: { user: ["ann"], tags: [] }, adaptations: [1] },
  };
  const heard = {
    heatmap: ["ready", "details", "places", "measure", "stopMeasuring", "matrix", "weight", "copy", "save", "figures"],
    diff: ["ready", "matrix", "weights", "copy", "save", "relate", "figures"],
    run: ["ready", "copy", "save", "command", "figures"],
    runs: ["ready", "copy", "save", "curves", "act"],
    study: ["ready", "study", "move", "cell", "atOnce", "copy"],
    try: ["ready", "load", "ask", "generate", "stopGenerating", "explain", "enough", "copy", "save"],
    evaluation: ["ready", "copy", "save", "figures", "evaluate", "lines", "search", "tryText"],
  } as const;
  for (const [page, types] of Object.entries(heard) as [keyof typeof heard, readonly string[]][])
    for (const [type, fields] of Object.entries(right)) {
      const message = messageOfPage(page, { type, ...fields, more: 1 });
      assert.deepEqual(message, types.includes(type) ? { type, ...fields } : undefined, `${page} ${type}`);
    }
  assert.deepEqual(keptMasks({ files }), files);
  assert.equal(keptFolder({ folder: "/m/a" }), "/m/a");
  assert.equal(keptTable({ study: "/m/study" }), "/m/study");
  assert.equal(keptTable({ table: "all" }), null);
  assert.deepEqual(textToTry({ adaptations: files, text: "a\tb", more: 1 }), { adaptations: files, text: "a\tb" });
  const rated = { adaptations: files, text: "a", attributes: { user: ["ann"], tags: [] } };
  assert.deepEqual(textToTry(rated), rated);
  assert.deepEqual(keptEvaluation({ evaluated: files }), files);
});

test("a page chooses settings of generation within their limits, or null for the model's own", () => {
  const generate = { type: "generate", request: 1, texts: ["a"], choice: CHOICE };
  const own = Object.fromEntries(Object.keys(CHOICE).map((key) => [key, null]));
  assert.deepEqual(messageOfPage("try", { ...generate, choice: { ...own, more: 1 } }), { ...generate, choice: own });
  for (const wrong of [
    ...[{ newTokens: 0 }, { newTokens: 1.5 }, { beams: 257 }, { beams: "2" }, { lengthPenalty: Number.NaN }],
    ...[{ temperature: -1 }, { topK: -1 }, { topP: 0 }, { topP: 2 }, { seed: 2 ** 32 }, { seed: undefined }],
    ...[{ stops: [""] }, { stops: "a" }, { stops: Array(101).fill("a") }],
  ])
    assert.equal(
      messageOfPage("try", { ...generate, choice: { ...CHOICE, ...wrong } }),
      undefined,
      Object.keys(wrong)[0],
    );
});

test("a page cannot ask for examples that are no list of indices, nor for more than it shows", () => {
  const lines = { type: "lines", request: 0, adaptation: 0 };
  for (const examples of [[-1], [0.5], ["0"], [null], Array(2), Array(1001).fill(0), "0", undefined])
    assert.equal(messageOfPage("evaluation", { ...lines, examples }), undefined, String(examples).slice(0, 20));
  assert.equal(messageOfPage("evaluation", { ...lines, adaptation: -1, examples: [0] }), undefined);
  for (const adaptations of [[-1], ["/m/a.mask.safetensors"], Array(300).fill(0), undefined])
    assert.equal(messageOfPage("evaluation", { type: "tryText", text: "a", attributes: {}, adaptations }), undefined);
  for (const attributes of [null, "a", ["a"], { user: "ann" }, { user: [1] }, { user: Array(1001).fill("a") }]) {
    assert.equal(messageOfPage("evaluation", { type: "tryText", text: "a", attributes, adaptations: [0] }), undefined);
    assert.equal(textToTry({ adaptations: ["/m/a.mask.safetensors"], text: "a", attributes }), undefined);
  }
  for (const count of [0, 1001, 1.5, "1"]) assert.equal(messageOfPage("study", { type: "atOnce", count }), undefined);
});

test("a page can measure a change that exists, for as long as a week, of one head or all parts", () => {
  const measure = { type: "measure", change: "zeroed", seconds: 0, head: null };
  assert.deepEqual(messageOfPage("heatmap", measure), measure);
  const head = { layer: 1, head: 2, kind: "cross" };
  assert.deepEqual(messageOfPage("heatmap", { ...measure, head: { ...head, more: 1 } }), { ...measure, head });
  for (const wrong of [
    ...[{ change: "removed" }, { change: null }, { seconds: -1 }, { seconds: Number.NaN }, { seconds: 1e9 }],
    ...[
      { seconds: "60" },
      { head: {} },
      { head: { layer: 1 } },
      { head: { layer: -1, head: 0, kind: "all" } },
      { head: "all" },
    ],
  ])
    assert.equal(messageOfPage("heatmap", { ...measure, ...wrong }), undefined, JSON.stringify(wrong));
});

test("a table's metadata is a JSON object, or the table is not saved", () => {
  const save = { type: "save", name: "a.csv", data: new Uint8Array(2) };
  assert.deepEqual(messageOfPage("run", { ...save, metadata: "{}" }), { ...save, metadata: "{}" });
  assert.deepEqual(messageOfPage("run", save), save);
  for (const metadata of ["", "{", "[]", "null", "1", '"a"', 1, null, {}, "n".repeat(5e7 + 1)])
    assert.equal(messageOfPage("run", { ...save, metadata }), undefined, String(metadata).slice(0, 20));
});

test("a page's messages reach the editor through the check alone", () => {
  const code = readFileSync("src/extension/ui/page.ts", "utf8");
  assert.match(
    code,
    /onDidReceiveMessage\(\(value: unknown\) => \{\s*const message = messageOfPage\(name, value\);\s*if \(!message\) return;/,
  );
});

test("whatever a task is called, its file can be called by every system and leaves no folder", () => {
  for (const name of HOSTILE) {
    const file = fileNameOf(name);
    assert.doesNotMatch(file, /["*/:<>?\\|\p{Cc}]|^[. ]|[. ]$|^(con|nul)(\.|$)/iu, JSON.stringify(name.slice(0, 40)));
    assert.ok(file.length > 0 && Buffer.byteLength(file) <= 201, file);
    assert.equal(fileNameOf(file), file);
    const message = messageOfPage("heatmap", { type: "save", name: `${file}.csv`, data: new Uint8Array(1) });
    assert.ok(message, file);
  }
  assert.equal(fileNameOf("отзывы о 日本/ $(echo)"), "отзывы о 日本_ $(echo)");
});
