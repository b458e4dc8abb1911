// Builds every bundle, where the imports follow the rules of the house (build/imports.mjs).
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { faultsOf, sourcesIn } from "./build/imports.mjs";

const faults = faultsOf(sourcesIn("."));
if (faults.length) {
  console.error(faults.join("\n"));
  process.exit(1);
}

const common = { bundle: true, sourcemap: true, logLevel: "warning", target: "node20" };
const node = {
  ...common,
  platform: "node",
  format: "esm",
  banner: { js: "import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);" },
  external: ["onnxruntime-node", "playwright-core", "@vscode/test-electron"],
};

/** VS Code loads extensions with `require`; ONNX Runtime is not external here, so that importing it fails the build. */
const extension = { ...common, platform: "node", format: "cjs", outExtension: { ".js": ".cjs" }, external: ["vscode"] };

/** Leaves out of pages what the controls carry unused: the indentation of their templates, a table of old key codes, and tokens. */
const lean = {
  name: "lean",
  setup({ onLoad }) {
    onLoad({ filter: /node_modules\/@(vscode\/webview-ui-toolkit|microsoft\/fast-).*\.js$/ }, ({ path: file }) => ({
      contents: readFileSync(file, "utf8")
        .replace(/\n\s+/g, "\n")
        .replace(/^\(function \(KeyCodes\)[\s\S]*?^\}\).*$/m, "")
        .replace(/^(export const \w+ =) (create\(.*);$/gm, "$1 /* @__PURE__ */ $2"),
    }));
  },
};
const page = {
  ...{ ...common, platform: "browser", format: "iife", target: "es2022", minify: true, plugins: [lean] },
  legalComments: "none", // tslib's, which asks for no notice
};

/** Files below `folder` whose names end with `ending`. */
function below(folder, ending) {
  return readdirSync(folder, { recursive: true })
    .map((file) => path.join(folder, String(file)))
    .filter((file) => file.endsWith(ending) && statSync(file).isFile());
}

/** Makes the JSON schemas that package.json contributes from the tables of the code. */
async function writeSchemas() {
  const script = path.resolve("dist", "schemas.js");
  await build({ ...node, sourcemap: false, entryPoints: ["src/extension/ui/schemas.ts"], outfile: script });
  const { SCHEMAS } = await import(pathToFileURL(script).href);
  rmSync(script);
  mkdirSync("dist/schemas", { recursive: true });
  for (const [name, schema] of Object.entries(SCHEMAS))
    writeFileSync(path.join("dist/schemas", name), `${JSON.stringify(schema, null, 2)}\n`);
}

/** What is run by hand or by a test as a program: the stand-in for the desktop's `code`, npm start, packing, pictures. */
const tools = [
  "test/ui/editor.bench.ts",
  "test/compatibility/main.ts",
  "test/host/code.ts",
  "test/host/start.ts",
  "test/package/main.ts",
  "test/pictures/pictures.ts",
];

const [what, ...parts] = process.argv.slice(2);
if (what === "tests") {
  rmSync("dist/test", { recursive: true, force: true });
  const entryPoints = below("test", ".test.ts").filter(
    (file) => !parts.length || parts.some((part) => file.includes(part)),
  );
  if (!entryPoints.length) throw new Error(`no test file matches ${parts.join(" ")}`);
  await build({ ...node, entryPoints: [...entryPoints, ...tools], outbase: "test", outdir: "dist/test" });
  const suites = ["test/host/suite.ts", ...below("test/host", ".suite.ts")];
  await build({ ...extension, external: ["vscode", "mocha"], entryPoints: suites, outdir: "dist/test/host" });
} else if (what === "tools") {
  await build({ ...node, entryPoints: tools, outbase: "test", outdir: "dist/tools" });
  await build({
    ...extension,
    entryPoints: ["test/host/activation.ts", "test/host/measures.ts"],
    outdir: "dist/tools/host",
  });
} else {
  const entryPoints = { cli: "src/cli/main.ts", worker: "src/worker/worker.ts", bench: "test/bench/main.ts" };
  for (const file of existsSync("dist") ? readdirSync("dist") : [])
    if (file.startsWith("chunk-")) rmSync(path.join("dist", file));
  // Chunks lie beside the entries, so that import.meta.url means the same folder in both.
  await build({ ...node, splitting: true, chunkNames: "chunk-[hash]", entryPoints, outdir: "dist" });
  chmodSync("dist/cli.js", 0o755);
  await build({
    ...extension,
    ...{ minifyWhitespace: true, minifySyntax: true }, // names stay, for stack traces
    entryPoints: { extension: "src/extension/extension.ts", "mask-thread": "src/extension/masks/mask-thread.ts" },
    outdir: "dist",
  });
  const pages = below("webview", `${path.sep}page.ts`).map((file) => ({
    in: file,
    out: path.basename(path.dirname(file)),
  }));
  await build({ ...page, entryPoints: pages, outdir: "dist/webview" });
  copyFileSync("webview/ui/theme.css", "dist/webview/theme.css");
  await writeSchemas();
}
