// Messages that no page posts, from a seed, and what they come to in the editor.

import {
  keptEvaluation,
  keptFolder,
  keptMasks,
  keptTable,
  messageOfPage,
  type PageName,
  textToTry,
} from "../../../src/extension/ui/page-messages.ts";
import { fillWords } from "../../../src/philox.ts";

/** What is right, by type; what stands under a state is what a page keeps over a reload. */
const RIGHT: readonly Readonly<Record<string, unknown>>[] = [
  { type: "matrix", name: "encoder.layer.0.attention.self.query.weight" },
  { type: "weight", name: "encoder.layer.0.attention.self.query.weight", row: 3, column: 4 },
  { type: "copy", text: "npx masklens" },
  { type: "save", name: "sentiment.csv", data: new Uint8Array(3) },
  { type: "command", command: "stop" },
  { type: "figures", colours: "light" },
  { type: "relate", tasks: ["a", "b"], related: true },
  { type: "curves", runs: ["/masks/a"] },
  { type: "act", act: "diff", runs: ["/masks/a", "/masks/b"] },
  { type: "study", act: "run" },
  { type: "move", cell: 3, to: "top" },
  { type: "cell", cell: 3 },
  { type: "atOnce", count: 2 },
  { type: "load", adaptations: ["/masks/a.mask.safetensors"] },
  { type: "ask", request: 1, texts: ["a film"], attributes: { user: ["ann"] } },
  {
    type: "explain",
    ...{ request: 1, adaptation: "/masks/a.mask.safetensors", text: "a film", label: "positive", deletion: true },
    attributes: { user: ["ann"] },
  },
  {
    type: "generate",
    ...{ request: 1, texts: ["a film"] },
    choice: {
      ...{ newTokens: 4, beams: null, lengthPenalty: null, temperature: 1, topK: 50, topP: 1, seed: 1, stops: null },
    },
  },
  { type: "enough", request: 1 },
  { type: "evaluate", split: "test" },
  { type: "search", request: 1, adaptation: 0, text: "a film" },
  { evaluated: ["/masks/a.mask.safetensors"] },
  { files: ["/masks/a.mask.safetensors", "/masks/b.mask.safetensors"] },
  { folder: "/masks/a" },
  { study: "/studies/a" },
  { adaptations: ["/masks/a.mask.safetensors"], text: "a film" },
];

const DEEP = (() => {
  let value: unknown = [];
  for (let i = 0; i < 2000; i++) value = [value];
  return value;
})();

/** Right nowhere: neither as a text, nor as a list of texts, a number from 0, bytes, nor true or false. */
const WRONG: readonly unknown[] = [
  ...[undefined, null, Number.NaN, Number.POSITIVE_INFINITY, -1, 0.5, 2 ** 53, 1n],
  ...[{}, { length: 2, 0: "a", 1: "b" }, { type: "ready" }, new Date(0), new Map([["a", 1]]), new Set(["a"]), /a/],
  ...[[1], [null], [["a"]], [undefined, "a"], Array(3), ["a", {}], DEEP],
  ...[new Float32Array(2), new ArrayBuffer(8), new Uint16Array(1), new DataView(new ArrayBuffer(1))],
  JSON.parse('{"__proto__": {"name": "a", "text": "a"}}'),
];

/** An object without fields is right, so these take the place of `WRONG`. */
const WRONG_ATTRIBUTES = [
  { user: "ann" },
  { user: [1] },
  { user: Array(2000).fill("a") },
  { user: ["n".repeat(10_000)] },
  { ["n".repeat(10_000)]: [] },
  Object.fromEntries(Array.from({ length: 200 }, (_, i) => [i, []])),
];

/** Right as a text, and yet nothing that may be saved, loaded or commanded. */
const WRONG_TEXTS: Readonly<Record<string, readonly unknown[]>> = {
  "save.name": [
    "../a.csv",
    "/etc/a.csv",
    "a/b.csv",
    "a\\b.csv",
    "a.exe",
    "a.csv.sh",
    ".csv",
    "",
    "..",
    "a\n.csv",
    "CON.csv",
    "a\u202e.csv",
    ".a.csv",
    "a .csv",
    `${"n".repeat(300)}.csv`,
  ],
  "command.command": ["", "Stop", "toString", "__proto__", "workbench.action.quit", ["stop"]],
  "figures.colours": ["", "Light", "high contrast", "__proto__", ["light"]],
  "load.adaptations": [
    ["a.mask.safetensors"],
    ["/etc/passwd"],
    ["../a.mask.safetensors"],
    ["/a.mask.safetensors.sh"],
    Array(300).fill("/a.mask.safetensors"),
  ],
  "relate.tasks": [[], ["a"], Array(300).fill("a"), ["a", "n".repeat(10_000)]],
  "generate.texts": [Array(20_000).fill("a"), ["n".repeat(2_000_000)]],
  "generate.choice": [{ newTokens: 4 }, [4], "greedy"],
  "ask.texts": [Array(20_000).fill("a"), ["n".repeat(2_000_000)]],
  "ask.attributes": WRONG_ATTRIBUTES,
  "explain.attributes": WRONG_ATTRIBUTES,
  "explain.adaptation": ["", "a.mask.safetensors", "../a.mask.safetensors", "/etc/passwd", "/a.mask.safetensors.sh"],
  "explain.text": ["n".repeat(2_000_000)],
  "explain.label": ["n".repeat(10_000)],
  ".adaptations": [[], ["a.mask.safetensors"], ["/etc/passwd"], Array(300).fill("/a.mask.safetensors")],
  ".text": ["n".repeat(2_000_000)],
  "curves.runs": [["a"], ["../a"], ["/a", ""], Array(6000).fill("/a"), ["n".repeat(10_000)]],
  "act.act": ["", "Diff", "delete", "toString", "__proto__", ["diff"]],
  "act.runs": [["a"], ["../a"], ["/a", 1]],
  "evaluate.split": ["", "train", "Test", "__proto__", ["test"]],
  "search.text": ["n".repeat(10_000)],
  ".evaluated": [[], ["/etc/passwd"], ["a.mask.safetensors"], Array(300).fill("/a.mask.safetensors")],
  "study.act": ["", "Run", "delete", "toString", "__proto__", ["run"]],
  "move.to": ["", "Up", "toString", "__proto__", ["up"]],
  "matrix.name": ["n".repeat(10_000)],
  ".files": [
    [],
    ["/masks/a.mask.safetensors"],
    ["/etc/passwd", "/etc/shadow"],
    ["a.mask.safetensors", "b.mask.safetensors"],
  ],
  ".study": ["", "a", "./a", "../a", "n".repeat(10_000)],
  ".folder": ["", "a", "./a", "../a", "n".repeat(10_000)],
};

const TYPES: readonly unknown[] = [
  ...[
    "",
    "Ready",
    "ready ",
    "READY",
    "__proto__",
    "constructor",
    "toString",
    "valueOf",
    "hasOwnProperty",
    "then",
    "eval",
  ],
  ...[0, 1, true, null, undefined, ["ready"], { toString: () => "ready" }, Number.NaN, new Date(0)],
];

/** `count` of them, always the same for a seed. */
export function* malformedMessages(seed: number, count: number): Generator<unknown> {
  const words = new Uint32Array(4);
  for (let i = 0; i < count; i++) {
    fillWords(words, seed, i);
    const one = <T>(all: readonly T[], word: number): T => all[words[word]! % all.length]!;
    const right = one(RIGHT, 1);
    const keys = Object.keys(right).filter((key) => key !== "type");
    const key = one(keys, 2);
    switch (words[0]! % 6) {
      case 0: // something that is no object with fields
        yield one(
          [...WRONG.filter((value) => typeof value !== "object"), "ready", "", true, [], [right], () => right],
          3,
        );
        break;
      case 1: // a type that there is not
        yield right.type ? { ...right, type: one(TYPES, 3) } : { [key]: one(WRONG, 3) }; // what is kept has none
        break;
      case 2: {
        const { [key]: _, ...rest } = right; // a field is missing
        yield rest;
        break;
      }
      case 3: {
        const wrong = WRONG_TEXTS[`${right.type ?? ""}.${key}`];
        yield { ...right, [key]: wrong ? one(wrong, 3) : one(WRONG, 3) };
        break;
      }
      case 4: // all fields are wrong, and there are more
        yield {
          ...right,
          ...Object.fromEntries(keys.map((each, j) => [each, WRONG[(words[3]! + j) % WRONG.length]])),
          more: DEEP,
        };
        break;
      default:
        yield { ...right, [key]: one(key === "attributes" ? WRONG_ATTRIBUTES : WRONG, 3) };
    }
  }
}

/** What hears a page: its messages, and what it has kept over a reload; and what a command is given. Each gives undefined where nothing comes of it. */
export const HANDLERS: Readonly<Record<string, (value: unknown) => unknown>> = {
  ...Object.fromEntries(
    (["heatmap", "diff", "run", "runs", "study", "try", "evaluation"] satisfies PageName[]).map((page) => [
      page,
      (value: unknown) => messageOfPage(page, value),
    ]),
  ),
  "kept masks": (value) => keptMasks(value),
  "kept folder": (value) => keptFolder(value),
  "kept table": (value) => keptTable(value),
  "text to try": (value) => textToTry(value),
  "kept evaluation": (value) => keptEvaluation(value),
};

/** Gives each handler `count` malformed messages; none may have an effect or throw. */
export async function malformed(
  count: number,
  seed = 1,
): Promise<{ handlers: number; messages: number; effects: number; errors: number }> {
  const handlers = Object.values(HANDLERS);
  let [messages, effects, errors] = [0, 0, 0];
  for (const [i, handle] of handlers.entries())
    for (const message of malformedMessages(seed + i, count)) {
      messages++;
      try {
        if (handle(message) !== undefined) effects++;
      } catch {
        errors++;
      }
    }
  return { handlers: handlers.length, messages, effects, errors };
}
