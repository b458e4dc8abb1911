// Graphs with their texts: how they are read from each format, and what a model reads for them.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test, { after } from "node:test";
import { parseDescription } from "../../src/data/description.ts";
import type { GenerationExample } from "../../src/data/examples.ts";
import { graphOf } from "../../src/data/graphs/cell.ts";
import { type Layout, linearize, USUAL_LAYOUT } from "../../src/data/graphs/layout.ts";
import { parsePenman } from "../../src/data/graphs/penman.ts";
import { readTask } from "../../src/data/task.ts";
import { cellsOf, notesOf, places } from "./rows.ts";

const folder = mkdtempSync(path.join(tmpdir(), "graphs-"));
after(() => rmSync(folder, { recursive: true }));

/** Reads a task whose splits have the same file. */
async function taskOf(task: object, file: string, content: string) {
  writeFileSync(path.join(folder, file), content);
  const files = { train: file, validation: file, test: file };
  writeFileSync(path.join(folder, "x.task.json"), JSON.stringify({ kind: "generation", files, ...task }));
  return readTask(path.join(folder, "x.task.json"));
}

const written = (value: unknown, layout: Partial<Layout> = {}) =>
  linearize(graphOf(value), { ...USUAL_LAYOUT, ...layout });

const ENTRIES = `<?xml version="1.0" encoding="UTF-8"?>
<benchmark><entries>
  <entry category="Bridge" eid="Id1" size="2">
    <originaltripleset><otriple>Old_Bridge | crosses | River_Ahr</otriple></originaltripleset>
    <modifiedtripleset>
      <mtriple>Old_Bridge | crosses | River_Ahr</mtriple>
      <mtriple>Old_Bridge | yearBuilt | "1861"</mtriple>
    </modifiedtripleset>
    <lex comment="good" lid="Id1">The old bridge of 1861 crosses the Ahr &amp; stands.</lex>
    <lex comment="good" lid="Id2"><![CDATA[Built in 1861, the old bridge <crosses> the Ahr.]]></lex>
  </entry>
  <entry category="Bridge" eid="Id2" size="1">
    <modifiedtripleset><mtriple>Mill | isLocatedInCity | Bonn</mtriple></modifiedtripleset>
    <lex>The mill is in Bonn.</lex>
  </entry>
</entries></benchmark>
`;
const JSON_ENTRIES = JSON.stringify({
  entries: [
    {
      1: {
        category: "Bridge",
        modifiedtripleset: [{ subject: "Mill", property: "isLocatedInCity", object: "Bonn" }],
        lexicalisations: [
          { comment: "good", lex: "The mill is in Bonn.", xml_id: "Id1", lang: "en" },
          { comment: "good", lex: "Мельница в Бонне.", xml_id: "Id2", lang: "ru" },
        ],
        xml_id: "Id2",
      },
    },
  ],
});
const AMR = `# A file of two graphs

# ::id a.1 ::date 2020-01-01
# ::snt The boy wants to go to New York :: now.
(w / want-01~e.2
   :ARG0 (b / boy~e.1)
   :ARG1 (g / go-02
      :ARG0 b
      :ARG4 (c / city :name (n / name :op1 "New" :op2 "York \\"City\\""))
      :polarity -))

# ::snt A cat.
(c / cat)
`;

test("triples are written with a marker before each part, names as words", () => {
  const triples = [
    ["Old_Bridge", "yearBuilt", '"1861"'],
    { subject: "A", predicate: "part_of", object: 7 },
    "x|isAHTTPServer|y",
  ];
  assert.equal(
    written(triples),
    "<H> Old Bridge <R> year Built <T> 1861 <H> A <R> part of <T> 7 <H> x <R> is AHTTP Server <T> y",
  );
  assert.equal(written("a | r | b && c | r | d\ne | s | f"), "<H> a <R> r <T> b <H> c <R> r <T> d <H> e <R> s <T> f");
  assert.equal(written([["a", "likes", "b"]], { structure: "labels" }), "• a • likes • b");
});

test("a shuffled order keeps triples together with structure and nothing without, and repeats with its seed", () => {
  const triples = Array.from({ length: 8 }, (_, i) => [`a${i}`, `r${i}`, `b${i}`]);
  const whole = written(triples);
  const parts = (text: string, before: string) =>
    text
      .split(before)
      .filter(Boolean)
      .map((part) => part.trim());
  const shuffled = written(triples, { order: "shuffled" });
  assert.notEqual(shuffled, whole);
  assert.deepEqual(parts(shuffled, "<H> ").sort(), parts(whole, "<H> ").sort());
  assert.equal(written(triples, { order: "shuffled" }), shuffled);
  assert.notEqual(written(triples, { order: "shuffled", seed: 2 }), shuffled);
  const bag = parts(written(triples, { order: "shuffled", structure: "labels" }), "• ");
  assert.deepEqual([...bag].sort(), triples.flat().sort());
  assert.notDeepEqual(bag, triples.flat());
  // The bags of a graph and of its reversal have the same labels, so that nothing tells the two apart.
  const bagOf = (graph: unknown) => parts(written(graph, { order: "shuffled", structure: "labels" }), "• ").sort();
  assert.deepEqual(bagOf([["a", "parentOf", "b"]]), bagOf([["b", "parentOf", "a"]]));
});

test("a PENMAN graph is written without variables, senses, alignments and quotes", () => {
  const graph = AMR.slice(AMR.indexOf("(w"), AMR.indexOf("# ::snt A"));
  assert.equal(
    written(graph),
    '( want :ARG0 ( boy ) :ARG1 ( go :ARG0 boy :ARG4 ( city :name ( name :op1 New :op2 York "City" ) ) :polarity - ) )',
  );
  assert.equal(
    written(graph, { structure: "labels" }),
    'want :ARG0 boy :ARG1 go :ARG0 boy :ARG4 city :name name :op1 New :op2 York "City" :polarity -',
  );
  const shuffled = written(graph, { order: "shuffled" });
  assert.deepEqual(shuffled.split(" ").sort(), written(graph).split(" ").sort());
  assert.match(shuffled, /^\( want :ARG/);
});

test("numbers in triples are written as text, also the large ones of Parquet", () => {
  const values = [5, 5n, true].map((object) => ["a", "r", object]);
  assert.equal(written(values), "<H> a <R> r <T> 5 <H> a <R> r <T> 5 <H> a <R> r <T> true");
});

test("what is not a graph is refused with its place", async () => {
  const refused = (value: unknown, what: RegExp) =>
    assert.throws(() => graphOf(value), { name: "InputError", message: what });
  refused(7, /7 is not a graph; write triples such as/);
  refused([], /the graph has no triples/);
  refused("a | b", /"a \| b" is not a triple/);
  refused([["a", "r"]], /is not a triple/);
  refused([["a", "r", ""]], /is not a triple/);
  refused([{ subject: "a", relation: "r" }], /is not a triple/);
  refused(new Array(10_001).fill("a|b|c"), /10,001 triples, over the limit/);
  const broken = (text: string, what: RegExp) =>
    assert.throws(() => parsePenman(text), { name: "InputError", message: what });
  broken("(a / b", /the graph ends where "\)" should be/);
  broken("(a / b) c", /"c" follows the end of the graph/);
  broken("(a / b :ARG0 )", /"\)" is where the target of ":ARG0" should be/);
  broken("(/ b)", /"\/" is where a variable should be/);
  broken('(a / "b)', /is not part of a graph/);
  broken("(a :r ".repeat(300), /nodes are nested more than 200 deep/);
  const rows = '{"graph": [["a", "r", "b"]], "texts": "t"}\n{"graph": [["a", "r"]], "texts": "t"}\n';
  const task = { columns: { graph: "graph", texts: "texts" } };
  await assert.rejects(taskOf(task, "a.jsonl", rows), /a\.jsonl, line 2, column graph: .* is not a triple of subject/);
  const { skipped } = await taskOf({ ...task, skip: true }, "a.jsonl", rows);
  assert.deepEqual(skipped.train, [{ reason: "not a graph", count: 1 }]);
});

test("WebNLG's XML and JSON have a row per entry, with its modified triples and its texts", async () => {
  const [bridge, mill] = await cellsOf("webnlg", ENTRIES);
  assert.deepEqual(bridge, {
    graph: ["Old_Bridge | crosses | River_Ahr", 'Old_Bridge | yearBuilt | "1861"'],
    texts: ["The old bridge of 1861 crosses the Ahr & stands.", "Built in 1861, the old bridge <crosses> the Ahr."],
    ...{ category: "Bridge", id: "Id1" },
  });
  assert.deepEqual(await places("webnlg", ENTRIES), ["line 3", "line 12"]);
  const [other] = await cellsOf("json", JSON_ENTRIES);
  assert.deepEqual(
    [written(other!.graph), written(mill!.graph)],
    Array(2).fill("<H> Mill <R> is Located In City <T> Bonn"),
  );
  assert.deepEqual(await notesOf("webnlg", JSON_ENTRIES), ["The texts are in 2 languages (en, ru)"]);
  assert.match((await notesOf("json", JSON_ENTRIES))[0]!, /contains entries of WebNLG, not a JSON array/);
});

test("XML with a document type, without an end or nested without end is refused", async () => {
  const refused = (content: string, what: RegExp) =>
    assert.rejects(cellsOf("webnlg", content), { name: "InputError", message: what });
  const bomb = `<!DOCTYPE a [<!ENTITY x "${"lol".repeat(10)}"><!ENTITY y "&x;&x;">]>`;
  await refused(
    ENTRIES.replace("<benchmark>", `${bomb}<benchmark>`),
    /line 2: the file has a document type \(DOCTYPE\)/,
  );
  await refused(ENTRIES.replace("&amp;", "&y;"), /the XML is malformed \(undefined entity/);
  await refused(ENTRIES.slice(0, 600), /the XML is malformed/);
  await refused("<a>".repeat(200), /elements are nested more than 100 deep/);
  await refused(`<a b="${"x".repeat(100_001)}"/>`, /a part of a tag has 100001 characters/);
  await refused("no XML", /the XML is malformed/);
  await refused(ENTRIES.replaceAll(/<lex>.*<\/lex>/g, ""), /line 12: the entry has no text \(lex\)/);
  await refused('{"a": 1}', /there is no list of "entries"/);
});

test("a PENMAN file has a row per graph with its sentence", async () => {
  const rows = await cellsOf("penman", AMR);
  assert.deepEqual(
    rows.map(({ texts, id }) => [texts, id]),
    [
      [["The boy wants to go to New York :: now."], "a.1"],
      [["A cat."], ""],
    ],
  );
  assert.deepEqual(await places("penman", AMR), ["line 3", "line 12"]);
  await assert.rejects(cellsOf("penman", "# ::snt A.\n"), /line 1: a sentence has no graph/);
  await assert.rejects(cellsOf("penman", "(a / b)\n"), /line 1: the graph has no sentence/);
});

test("each text of a graph is a training example, and a test example has them all as references", async () => {
  const task = await taskOf({ metric: "bleu" }, "a.xml", ENTRIES);
  const [train, held] = [task.splits.train, task.splits.test] as GenerationExample[][];
  assert.deepEqual([train!.length, held!.length], [3, 2]);
  assert.deepEqual(
    train!.map(({ target }) => target.slice(0, 10)),
    ["The old br", "Built in 1", "The mill i"],
  );
  assert.ok(train!.every(({ references }) => references === undefined));
  assert.deepEqual([held![0]!.references!.length, held![1]!.references], [2, undefined]);
  assert.equal(held![0]!.source, train![1]!.source);
  assert.deepEqual([task.graph, task.denoise], [USUAL_LAYOUT, null]);
  const amr = await taskOf({ graph: { structure: "labels" } }, "a.amr", AMR);
  assert.equal((amr.splits.train[1] as GenerationExample).source, "cat");
});

test("a graph held out for a split is in no other, with all its texts", async () => {
  const rows = Array.from({ length: 40 }, (_, i) => ({ graph: [[`a${i}`, "r", "b"]], texts: [`x${i}`, `y${i}`] }));
  writeFileSync(path.join(folder, "h.jsonl"), rows.map((row) => JSON.stringify(row)).join("\n"));
  const task = { kind: "generation", files: { train: "h.jsonl" }, graph: {} };
  writeFileSync(path.join(folder, "h.task.json"), JSON.stringify(task));
  const { splits } = await readTask(path.join(folder, "h.task.json"));
  const sources = (name: "train" | "test" | "validation") =>
    new Set(splits[name].map((e) => (e as GenerationExample).source));
  assert.deepEqual([splits.train.length, splits.validation.length, splits.test.length], [64, 4, 4]);
  for (const source of sources("test")) assert.ok(!sources("train").has(source) && !sources("validation").has(source));
});

test("texts to restore lose spans of words, alone from the texts of a graph file", async () => {
  const sentence = "one two three four five six seven eight nine ten";
  const rows = Array.from({ length: 30 }, (_, i) => ({ text: `${sentence} ${i}` }));
  const content = rows.map((row) => JSON.stringify(row)).join("\n");
  const columns = { texts: "text" };
  const read = async (denoise: object) =>
    (await taskOf({ columns, denoise }, "n.jsonl", content)).splits.train as unknown as {
      source: string;
      target: string;
    }[];
  const infilled = await read({ share: 0.3 });
  for (const [i, { source, target }] of infilled.entries()) {
    assert.equal(target, rows[i]!.text);
    const kept = source.split(" ").filter((word) => word !== "<mask>");
    assert.deepEqual([kept.length, source.split("<mask>").length - 1], [8, 1], source); // 3 of 11 words in one span
    assert.ok(kept.every((word) => target.split(" ").includes(word)));
  }
  assert.ok(new Set(infilled.map(({ source }) => source.split(" ").indexOf("<mask>"))).size > 4);
  assert.deepEqual(await read({ share: 0.3 }), infilled);
  assert.notDeepEqual(await read({ share: 0.3, seed: 2 }), infilled);
  for (const { source, target } of await read({ objective: "spans", share: 0.5, length: 2 })) {
    // What is missing, put into the gaps, gives the text again.
    const spans = new Map([...target.matchAll(/<extra_id_(\d+)> ?([^<]*)/g)].map(([, i, words]) => [i, words!.trim()]));
    assert.equal(spans.size, 4, target); // three spans, and the token that ends the last one
    const restored = source.replace(/<extra_id_(\d+)>/g, (_, i: string) => spans.get(i)!);
    assert.match(restored, new RegExp(`^${sentence} \\d+$`));
  }
  const { splits } = await taskOf({ denoise: {} }, "a.xml", ENTRIES);
  assert.deepEqual([splits.train.length, splits.test.length], [3, 3]);
});

test("keys of graphs are refused where there are none", () => {
  const parse = (task: object) =>
    parseDescription({ kind: "generation", files: { train: "a.jsonl" }, ...task }, "x.task.json");
  const refused = (task: object, what: RegExp) =>
    assert.throws(() => parse(task), { name: "InputError", message: what });
  refused({ kind: "sentence", graph: {} }, /graph: this key is only for generation tasks/);
  refused({ kind: "language", denoise: {} }, /denoise: this key is only for generation tasks/);
  refused({ graph: { order: "random" } }, /graph\.order.*"as-is" or "shuffled"|as-is.*shuffled/);
  refused(
    { graph: {}, columns: { source: "a" } },
    /no example has the fields source; name the columns of one set: graph and texts/,
  );
  refused({ graph: {}, denoise: {} }, /graph: a task with "denoise" has no graphs/);
  refused({ denoise: { share: 1 } }, /denoise\.share/);
  refused({ kind: "language", files: { train: "a.xml" } }, /webnlg files cannot hold examples of a language task/);
  assert.deepEqual(parse({ columns: { graph: "g" } }).columns, { graph: "g", texts: "texts" });
  assert.deepEqual(parse({ files: { train: "a.xml" } }).graph, USUAL_LAYOUT);
  assert.equal(parse({ files: { train: "a.xml" }, denoise: {} }).graph, null);
});
