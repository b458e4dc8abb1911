// masklens study report: writes what the finished cells of a study show as HTML and Markdown.

import path from "node:path";
import { version } from "../../../package.json";
import { type Asks, EXTRAS } from "../../study/report/extras.ts";
import { commandsFor, reportOf, writeReport } from "../../study/report/report.ts";
import { StudyState } from "../../study/state.ts";
import { readStudy } from "../../study/study.ts";
import type { Arguments } from "../arguments.ts";
import { withCompute } from "../compute.ts";
import { print, printJson, type Terminal } from "../terminal.ts";
import { shorter } from "../train.ts";

export async function printReport(named: string, { given }: Arguments, terminal: Terminal): Promise<void> {
  const state = await StudyState.read(await readStudy(named));
  const flags = [...EXTRAS, "out", "device"].flatMap((flag) => {
    const value = given.get(flag);
    return value === undefined ? [] : [`--${flag}`, ...(value ? [value] : [])];
  });
  const options = { tool: `masklens ${version}`, commands: commandsFor(named, flags) };
  const which = EXTRAS.filter((extra) => given.has(extra));
  const report = which.length
    ? await withCompute(terminal, (compute, signal) => {
        const common = { split: "test", device: given.get("device") ?? "auto" } as const;
        const asks: Asks = {
          evaluate: (more) => compute.ask("evaluate", { ...common, ...more }, { signal }),
          represent: (more) => compute.ask("represent", { ...common, ...more }, { signal }),
        };
        return reportOf(state, { ...options, extras: { which, asks } });
      })
    : await reportOf(state, options);
  const out = given.get("out");
  const { html, markdown } = await writeReport(out === undefined ? state.study.folder : path.resolve(out), report);
  if (given.has("json")) return printJson(terminal, { html, markdown });
  print(terminal.out, `${shorter(html)}\n${shorter(markdown)}\n`);
}
