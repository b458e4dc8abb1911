// Rebuilds bundles as their sources change, and reports in lines that the problem matcher of .vscode/tasks.json reads.
import { context } from "esbuild";
import { faultsOf, sourcesIn } from "./imports.mjs";

/**
 * Builds `bundles` (esbuild's options for each) and rebuilds each of them when one of its files changes, until the
 * process ends. Prints "[watch] building", a line for each problem of any bundle, and "[watch] built" once no bundle is
 * being built. If an import breaks the rules, only that is reported, because it also causes the errors from esbuild.
 */
export async function watch(bundles) {
  /**
   * The problems of each bundle's latest build. Editors forget earlier problems when a build begins, so all are printed
   * each time.
   */
  const problems = new Map();
  let building = bundles.length;
  console.log("[watch] building");
  for (const bundle of bundles) {
    let isFirst = true; // counted above, so that the end of the first build is not mistaken for the end of all
    const report = {
      name: "report",
      setup({ onStart, onEnd }) {
        onStart(() => {
          if (!isFirst && building++ === 0) console.log("[watch] building");
          isFirst = false;
        });
        onEnd(({ errors, warnings }) => {
          problems.set(bundle, [
            ...errors.map(({ text, location }) => problem("error", text, location)),
            ...warnings.map(({ text, location }) => problem("warning", text, location)),
          ]);
          if (--building > 0) return;
          const faults = faultsOf(sourcesIn(".")).map((text) =>
            problem("error", text, { file: /\S+\.tsx?/.exec(text)[0], line: 1, column: 0 }),
          );
          for (const line of faults.length ? faults : new Set([...problems.values()].flat())) console.log(line);
          console.log("[watch] built");
        });
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
