// Rebuilds bundles as their sources change, and reports in lines that the problem matcher of .vscode/tasks.json reads.
import { context } from "esbuild";
import { faultsOf, sourcesIn } from "./imports.mjs";

/**
 * Builds `bundles` (esbuild's options for each) and rebuilds each of them when one of its files changes, until the process
 * ends. Prints "[watch] building", one line for each error and warning, and "[watch] built" once no bundle is being built.
 * If an import breaks the rules, only that is reported: the errors from esbuild are then a consequence of it.
 */
export async function watch(bundles) {
  let building = bundles.length;
  let problems = new Set();
  const begin = () => {
    if (building++ === 0) console.log("[watch] building");
  };
  const end = ({ errors, warnings }) => {
    for (const { text, location } of errors) problems.add(problem("error", text, location));
    for (const { text, location } of warnings) problems.add(problem("warning", text, location));
    if (--building > 0) return;
    const faults = faultsOf(sourcesIn("."));
    for (const line of faults.length ? faults.map(fault) : problems) console.log(line);
    problems = new Set();
    console.log("[watch] built");
  };
  console.log("[watch] building");
  for (const bundle of bundles) {
    let isFirst = true; // the first build of every bundle is counted from the start
    const report = {
      name: "report",
      setup({ onStart, onEnd }) {
        onStart(() => {
          if (!isFirst) begin();
          isFirst = false;
        });
        onEnd(end);
      },
    };
    const watched = await context({ ...bundle, logLevel: "silent", plugins: [...(bundle.plugins ?? []), report] });
    await watched.watch();
  }
}

function problem(severity, text, location) {
  const { file, line, column } = location ?? { file: "esbuild.mjs", line: 1, column: 0 };
  return `${file}:${line}:${column + 1}: ${severity}: ${text}`;
}

function fault(text) {
  return problem("error", text, { file: /\S+\.ts/.exec(text)[0], line: 1, column: 0 });
}
