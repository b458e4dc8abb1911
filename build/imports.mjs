// The import rules: which room may import which, type-only imports included, and no circular imports.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** What a run is made of, and what computes it. */
const PARTS = ["anatomy", "mask", "data", "model", "recipe"];
const COMPUTATION = ["graph", "runtime"];
/** The rooms that train runs and use what they leave. */
const USES = ["adaptation", "train", "study", "worker", "device"];
const PAGE = ["anatomy", "mask", "messages"];
const EXTENSION = [...PARTS, ...USES, "messages"];

/** Rooms of which each may import the ones before it, and all of `below`. */
const inOrder = (below, rooms) => Object.fromEntries(rooms.map((room, i) => [room, [...below, ...rooms.slice(0, i)]]));

const EDITOR = inOrder(
  EXTENSION,
  ["ui", "models", "tasks", "masks", "texts", "evaluation", "runs", "table", "studies"].map(
    (room) => `extension/${room}`,
  ),
);

/** What each room may import; no room imports a later one. Files in `src` itself are open to all. */
const ROOMS = {
  anatomy: [],
  mask: ["anatomy"],
  graph: [],
  runtime: ["graph"],
  data: [],
  model: ["anatomy", "graph"],
  recipe: ["anatomy", "mask", "graph", "data", "model"],
  ...inOrder([...PARTS, ...COMPUTATION], ["program", "adaptation", "train", "study"]),
  worker: [...COMPUTATION, "recipe", "adaptation", "train"],
  device: [...COMPUTATION, "worker"],
  messages: ["anatomy", "mask", "adaptation", "train", "study"],
  ...inOrder(PAGE, ["webview/ui", "webview/draw", "webview"]),
  cli: [...PARTS, ...COMPUTATION, ...USES],
  ...EDITOR,
  "extension/entries": [...EXTENSION, "extension/ui", "extension/masks", "extension/runs"],
  extension: [...Object.keys(EDITOR), "extension/entries"],
};

/** The files that declare a format, and the one with their common parts. */
const SCHEMAS = [
  "src/schema.ts",
  "src/anatomy/additions.ts",
  "src/mask/metadata.ts",
  "src/data/attributes/columns.ts",
  "src/data/description.ts",
  "src/data/source-keys.ts",
  "src/recipe/options.ts",
  "src/recipe/schedule.ts",
  "src/recipe/top-k.ts",
  "src/recipe/option-parts.ts",
  "src/recipe/auxiliary.ts",
  "src/recipe/distillation.ts",
  "src/recipe/fixed-mask.ts",
  "src/adaptation/generation/config.ts",
  "src/train/events.ts",
  "src/train/checkpoint.ts",
  "src/study/description.ts",
  "src/study/results.ts",
  "src/cli/texts/requests.ts",
  "src/extension/ui/schemas.ts",
];

/** Packages that may be imported in only one place. */
const PACKAGES = {
  "onnxruntime-node": (file) => file === "src/runtime/library.ts",
  koffi: (file) => file === "src/runtime/api.ts",
  "@vscode/webview-ui-toolkit": (file) => file === "webview/ui/toolkit.tsx",
  vscode: (file) => file.startsWith("src/extension/"),
  // Only the worker loads them, so that neither starts the editor nor the command line later.
  "ml-matrix": (file) => file.startsWith("src/adaptation/representation/"),
  "umap-js": (file) => file === "src/adaptation/representation/umap.ts",
  // Only tokenizers with a chat template need it.
  "@huggingface/jinja": (file) => file.startsWith("src/data/tokenizer/"),
  zod: (file) => SCHEMAS.includes(file),
};

/** The room of a file: its folder in src or webview; in src/extension, its subfolder. */
export function roomOf(file) {
  if (file === "src/messages.ts") return "messages"; // and src/messages/
  return /^src\/(extension\/[^/]+(?=\/)|[^/]+(?=\/))/.exec(file)?.[1] ?? /^webview\/[^/]+(?=\/)/.exec(file)?.[0];
}

const IMPORT = /(?:^|\n)\s*(?:import|export)\s[^"';]*?from\s*"([^"]+)"|\bimport\s*\(?\s*"([^"]+)"/g;

/** The specifiers that a file imports. */
function importsOf(text) {
  return [...text.matchAll(IMPORT)].map(([, from, bare]) => from ?? bare);
}

/**
 * A sentence for each import that breaks a rule, and for each import cycle. `files` maps paths relative to the
 * repository to sources.
 */
export function faultsOf(files) {
  const faults = [];
  const graph = new Map();
  for (const [file, text] of Object.entries(files)) {
    const targets = [];
    for (const name of importsOf(text)) {
      const bare = name.startsWith("@") ? name.split("/").slice(0, 2).join("/") : name.split("/")[0];
      if (PACKAGES[bare] && !PACKAGES[bare](file)) faults.push(`${file} imports ${name}, which is not allowed there`);
      if (!name.startsWith(".")) continue;
      const target = path.posix.join(path.posix.dirname(file), name);
      targets.push(target);
      const [from, to] = [roomOf(file), roomOf(target)];
      if (to === undefined || to === from) continue;
      const rules = ROOMS[from] ?? (from?.startsWith("webview/") ? ROOMS.webview : []);
      if (!rules.includes(to)) faults.push(`${file} imports ${target}: ${from ?? "src"} may not import ${to}`);
    }
    graph.set(file, targets);
  }
  return [...faults, ...circlesOf(graph)];
}

/** Each import cycle once, as the list of its files. */
function circlesOf(graph) {
  const faults = [];
  const state = new Map();
  const way = [];
  const visit = (file) => {
    if (state.get(file) === "done" || !graph.has(file)) return;
    if (state.get(file) === "open") {
      faults.push(`an import cycle: ${[...way.slice(way.indexOf(file)), file].join(" → ")}`);
      return;
    }
    state.set(file, "open");
    way.push(file);
    for (const target of graph.get(file)) visit(target);
    way.pop();
    state.set(file, "done");
  };
  for (const file of graph.keys()) visit(file);
  return faults;
}

/** The sources of the repository in `folder`, as expected by faultsOf. */
export function sourcesIn(folder) {
  const files = {};
  for (const top of ["src", "webview"])
    for (const name of readdirSync(path.join(folder, top), { recursive: true })) {
      const file = path.posix.join(top, String(name).split(path.sep).join("/"));
      if (/\.tsx?$/.test(file)) files[file] = readFileSync(path.join(folder, file), "utf8");
    }
  return files;
}
