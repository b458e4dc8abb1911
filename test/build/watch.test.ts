// Everything that .vscode starts exists, and its problem matcher understands what the watch task prints.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { HANG } from "../host/until.ts";

interface Task {
  readonly label: string;
  readonly type?: string;
  readonly script?: string;
  readonly dependsOn?: readonly string[];
  readonly isBackground?: boolean;
  readonly problemMatcher?: unknown;
}

const json = <T>(file: string) => JSON.parse(readFileSync(file, "utf8")) as T;
const { tasks } = json<{ tasks: readonly Task[] }>(".vscode/tasks.json");
const { scripts } = json<{ scripts: Readonly<Record<string, string>> }>("package.json");

test("every task runs a script of package.json or depends on tasks that do", () => {
  const labels = tasks.map(({ label }) => label);
  assert.equal(new Set(labels).size, labels.length);
  for (const { label, type, script, dependsOn } of tasks) {
    if (type === "npm") assert.ok(script && Object.hasOwn(scripts, script), label);
    for (const other of dependsOn ?? []) assert.ok(labels.includes(other), `${label}: ${other}`);
  }
});

test("every launch configuration starts a program that the sources or a build have, and a task that exists", () => {
  interface Launch {
    readonly name: string;
    readonly program?: string;
    readonly args?: unknown;
    readonly preLaunchTask?: string;
  }
  const { configurations, inputs } = json<{ configurations: readonly Launch[]; inputs: readonly { id: string }[] }>(
    ".vscode/launch.json",
  );
  assert.ok(configurations.length >= 3);
  for (const { name, program, args, preLaunchTask } of configurations) {
    if (program) assert.ok(existsSync(program.replace(/^\$\{workspaceFolder\}\//, "")), `${name}: ${program}`);
    if (preLaunchTask)
      assert.ok(
        tasks.some(({ label }) => label === preLaunchTask),
        `${name}: ${preLaunchTask}`,
      );
    for (const [, id] of JSON.stringify(args ?? "").matchAll(/\$\{input:(\w+)\}/g))
      assert.ok(
        inputs.some((input) => input.id === id),
        `${name}: ${id}`,
      );
  }
});

test("F5 opens a copy of the sample that git ignores", () => {
  const { configurations } = json<{ configurations: readonly { args: readonly string[] }[] }>(".vscode/launch.json");
  assert.equal(configurations[0]!.args.at(-1), `\${workspaceFolder}/.cache/sample`);
  assert.match(JSON.stringify(tasks.find(({ label }) => label === "sample")), /'\.cache\/sample'/);
  assert.match(readFileSync(".gitignore", "utf8"), /^\.cache\/$/m);
});

test("the watch task reports syntax errors and forbidden imports where they are, and when a build ends", {
  timeout: HANG,
}, async () => {
  interface Matcher {
    readonly pattern: { readonly regexp: string };
    readonly background: { readonly beginsPattern: string; readonly endsPattern: string };
  }
  const { pattern, background } = tasks.find(({ label }) => label === "watch")!.problemMatcher as Matcher;
  const house = mkdtempSync(path.join(tmpdir(), "masklens-watch-"));
  for (const folder of ["src/mask", "src/train", "webview"]) mkdirSync(path.join(house, folder), { recursive: true });
  cpSync("build", path.join(house, "build"), { recursive: true });
  symlinkSync(path.resolve("node_modules"), path.join(house, "node_modules"));
  const write = (file: string, code: string) => writeFileSync(path.join(house, file), code);
  write("src/train/run.ts", "export const run = 1;\n");
  write("src/mask/a.ts", "export const a = 1;\n");
  write("src/mask/b.ts", "export const b = 1;\n");
  const bundles = ["a", "b"].map((name) => ({ bundle: true, entryPoints: [`src/mask/${name}.ts`], outdir: "dist" }));
  const code = `import { watch } from "./build/watch.mjs"; await watch(${JSON.stringify(bundles)});`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", code], { cwd: house, stdio: "pipe" });
  let errors = "";
  child.stderr.on("data", (text) => {
    errors += text;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  /** Reads the reports of builds until one has these problems; bundles notice a change at different times. */
  async function reports(...wanted: (readonly string[])[]): Promise<void> {
    for (let found: string[][] = []; ; ) {
      const { value: line, done } = await lines.next();
      assert.ok(!done, `the watch ended: ${errors}`);
      const [, ...problem] = new RegExp(pattern.regexp).exec(line) ?? [];
      if (problem.length) found.push(problem);
      else if (new RegExp(background.beginsPattern).test(line)) found = [];
      else {
        assert.match(line, new RegExp(background.endsPattern));
        if (isDeepStrictEqual(new Set(found), new Set(wanted))) return; // in any order
      }
    }
  }

  try {
    await reports();
    assert.ok(existsSync(path.join(house, "dist/a.js")) && existsSync(path.join(house, "dist/b.js")), "all are built");
    write("src/mask/a.ts", "export const a = 1;\nconst x: = 2;\n");
    const syntax = ["src/mask/a.ts", "2", "10", "error", 'Unexpected "="'];
    await reports(syntax);
    write("src/mask/b.ts", "export const b = 2\nconst y: = 2;\n");
    await reports(syntax, ["src/mask/b.ts", "2", "10", "error", 'Unexpected "="']); // the other bundle's is kept
    write("src/mask/b.ts", "export const b = 3;\n");
    await reports(syntax);
    write("src/mask/a.ts", 'export { run } from "../train/run.ts";\n');
    const fault = "src/mask/a.ts imports src/train/run.ts: mask may not import train";
    await reports(["src/mask/a.ts", "1", "1", "error", fault]);
    write("src/mask/a.ts", "export const a = 2;\n");
    await reports();
  } finally {
    child.kill();
    await once(child, "close");
    rmSync(house, { recursive: true });
  }
});
