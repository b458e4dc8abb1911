// Builds every bundle and proves the import rules of the house from esbuild's own record of who imports whom.
import { chmodSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";

const common = { bundle: true, sourcemap: true, logLevel: "warning", metafile: true, target: "node20" };
const node = {
  ...common,
  platform: "node",
  format: "esm",
  banner: { js: "import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);" },
  external: ["onnxruntime-node"],
};

/** Files below `folder` whose names end with `ending`. */
function below(folder, ending) {
  return readdirSync(folder, { recursive: true })
    .map((file) => path.join(folder, String(file)))
    .filter((file) => file.endsWith(ending) && statSync(file).isFile());
}

/** Which folders of src each folder may import; root files of src (tensor, errors …) are open to all. */
const mayImport = {
  mask: [],
  graph: [],
  data: [],
  model: ["graph"],
  train: ["mask", "graph", "model", "data"],
  study: ["mask", "graph", "model", "data", "train"],
  worker: ["mask", "graph", "model", "data", "train", "study"],
  extension: ["mask", "graph", "model", "data", "train", "worker", "webview"],
  cli: ["mask", "graph", "model", "data", "train", "study", "worker"],
  webview: ["mask"],
};

const folderOf = (file) => /^src\/([^/]+)\//.exec(file)?.[1] ?? (file.startsWith("webview/") ? "webview" : undefined);

function checkImports({ inputs }) {
  const faults = [];
  for (const [file, { imports }] of Object.entries(inputs)) {
    const from = folderOf(file);
    for (const { path: target, external } of imports) {
      if (target === "onnxruntime-node" && file !== "src/graph/session.ts" && external)
        faults.push(`${file} imports onnxruntime-node: only src/graph/session.ts may`);
      if (target === "vscode" && from !== "extension") faults.push(`${file} imports vscode: only src/extension may`);
      const to = folderOf(target);
      if (from && to && to !== from && !mayImport[from]?.includes(to))
        faults.push(`${file} imports ${target}: src/${from} may not import src/${to}`);
    }
  }
  if (faults.length) throw new Error(faults.join("\n"));
}

async function bundle(options) {
  const { metafile } = await build(options);
  checkImports(metafile);
}

const [what, ...parts] = process.argv.slice(2);
if (what === "tests") {
  rmSync("dist/test", { recursive: true, force: true });
  // Tests of parts whose foundations have not landed yet; said aloud, so that nobody takes them for passed.
  const { exclude = [], files = [] } = JSON.parse(readFileSync("tsconfig.json", "utf8"));
  const found = below("test", ".test.ts");
  const pending = found.filter(
    (file) => exclude.some((folder) => file.startsWith(`${folder}/`)) && !files.includes(file),
  );
  if (pending.length) console.log(`left out until what they stand on has landed: ${pending.join(", ")}`);
  const wanted = (file) => !pending.includes(file) && (!parts.length || parts.some((part) => file.includes(part)));
  const entryPoints = found.filter(wanted);
  if (!entryPoints.length) throw new Error(`no test file matches ${parts.join(" ")}`);
  await bundle({ ...node, entryPoints, outbase: "test", outdir: "dist/test" });
} else {
  const entryPoints = { cli: "src/cli/main.ts", worker: "src/worker/worker.ts", bench: "test/bench/main.ts" };
  await bundle({ ...node, entryPoints, outdir: "dist" });
  chmodSync("dist/cli.js", 0o755);
}
