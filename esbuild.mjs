// Builds every bundle if all imports follow the rules in build/imports.mjs:
// node esbuild.mjs [watch | tests [PART OF A FILE NAME …] | tools]
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import { faultsOf, sourcesIn } from "./build/imports.mjs";
import { watch } from "./build/watch.mjs";

const [what, ...parts] = process.argv.slice(2);
const faults = what === "watch" ? [] : faultsOf(sourcesIn("."));
if (faults.length) {
  console.error(faults.join("\n"));
  process.exit(1);
}

const common = {
  ...{ bundle: true, sourcemap: true, logLevel: "warning", target: "node20" },
  ...{ jsx: "automatic", jsxImportSource: "preact" },
};
const node = {
  ...common,
  platform: "node",
  format: "esm",
  banner: { js: "import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);" },
  external: ["koffi", "onnxruntime-node", "playwright-core", "@vscode/test-electron", "@vscode/l10n-dev"],
};

/**
 * VS Code loads extensions with `require`; ONNX Runtime is not external here, so that importing it fails the build, as does
 * the room that loads it, which asks where it lies.
 */
const extension = {
  ...{ ...common, platform: "node", format: "cjs", outExtension: { ".js": ".cjs" }, external: ["vscode"] },
  logOverride: { "empty-import-meta": "error" },
};

/**
 * Pages import only the parts of the core that compute, not those that read files: messages are typed, but not
 * validated.
 */
const unchecked = {
  name: "unchecked",
  setup({ onResolve }) {
    onResolve({ filter: /^zod(\/|$)/ }, ({ importer }) => {
      return { errors: [{ text: `${path.relative(".", importer)} imports zod into a page` }] };
    });
  },
};

const page = {
  ...{ ...common, platform: "browser", format: "iife", target: "es2022", minify: true, plugins: [unchecked] },
  legalComments: "none", // the only ones are tslib's, which needs no notice
};

/** Files below `folder` whose names end with `ending`. */
function below(folder, ending) {
  return readdirSync(folder, { recursive: true })
    .map((file) => path.join(folder, String(file)))
    .filter((file) => file.endsWith(ending) && statSync(file).isFile());
}

/** Writes the JSON schemas that package.json contributes, by running the bundle that derives them from the zod schemas. */
const schemas = {
  name: "schemas",
  setup({ onEnd }) {
    onEnd(async ({ outputFiles: [bundle] = [] }) => {
      if (!bundle) return; // the build failed
      const url = `data:text/javascript;base64,${Buffer.from(bundle.contents).toString("base64")}`;
      const { SCHEMAS } = await import(url);
      mkdirSync("dist/schemas", { recursive: true });
      for (const [name, schema] of Object.entries(SCHEMAS))
        writeFileSync(path.join("dist/schemas", name), `${JSON.stringify(schema, null, 2)}\n`);
    });
  },
};

/** esbuild options for every bundle that ships, and for the benchmarks. */
function product() {
  const pages = below("webview", `${path.sep}page.tsx`).map((file) => ({
    in: file,
    out: path.basename(path.dirname(file)),
  }));
  return [
    {
      ...node,
      // Chunks go next to the entries, so that import.meta.url means the same folder in both.
      ...{ splitting: true, chunkNames: "chunk-[hash]", outdir: "dist" },
      entryPoints: { cli: "src/cli/main.ts", worker: "src/worker/worker.ts", bench: "test/bench/main.ts" },
    },
    {
      ...extension,
      ...{ minifyWhitespace: true, minifySyntax: true }, // names stay, for stack traces
      entryPoints: {
        extension: "src/extension/extension.ts",
        "mask-thread": "src/extension/masks/thread/mask-thread.ts",
        "data-thread": "src/extension/tasks/thread/data-thread.ts",
        "study-thread": "src/extension/studies/thread/study-thread.ts",
      },
      outdir: "dist",
    },
    { ...page, entryPoints: pages, outdir: "dist/webview" },
    { ...common, loader: { ".css": "copy" }, entryPoints: { theme: "webview/ui/theme.css" }, outdir: "dist/webview" },
    {
      ...{ ...common, platform: "node", format: "esm", sourcemap: false, write: false, plugins: [schemas] },
      entryPoints: ["src/extension/ui/schemas.ts"],
    },
  ];
}

/** Removes the chunks of earlier builds: their names change with their content. */
function removeChunks() {
  for (const file of existsSync("dist") ? readdirSync("dist") : [])
    if (file.startsWith("chunk-")) rmSync(path.join("dist", file));
}

/** Programs run by hand or by tests: the stand-in for the desktop's `code`, npm start, packaging, screenshots. */
const tools = [
  "test/ui/editor.bench.ts",
  "test/ui/host-kills.bench.ts",
  "test/compatibility/main.ts",
  "test/host/code.ts",
  "test/host/start.ts",
  "test/package/main.ts",
  "test/pictures/pictures.ts",
  "test/pictures/walkthrough.ts",
];

if (what === "tests") {
  rmSync("dist/test", { recursive: true, force: true });
  const entryPoints = below("test", ".test.ts").filter(
    (file) => !parts.length || parts.some((part) => file.includes(part)),
  );
  if (!entryPoints.length) throw new Error(`no test file matches ${parts.join(" ")}`);
  await build({
    ...{ ...node, entryPoints: [...entryPoints, ...tools], outbase: "test", outdir: "dist/test" },
    alias: { vscode: "./test/extension/vscode.ts" },
  });
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
  removeChunks();
  if (what === "watch") await watch(product());
  else {
    for (const bundle of product()) await build(bundle);
    chmodSync("dist/cli.js", 0o755);
  }
}
