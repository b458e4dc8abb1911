// masklens study report: writes what the finished cells of a study show as HTML and Markdown.

import path from "node:path";
import { version } from "../../../package.json";
import { commandsFor, type ReportOptions, reportOf, writeReport } from "../../study/report/report.ts";
import { StudyState } from "../../study/state.ts";
import { readStudy } from "../../study/study.ts";
import type { Arguments } from "../arguments.ts";
import { withCompute } from "../compute.ts";
import { print, printJson, type Terminal } from "../terminal.ts";
import { shorter } from "../train.ts";

export async function printReport(named: string, { given }: Arguments, terminal: Terminal): Promise<void> {
  const state = await StudyState.read(await readStudy(named));
  const flags = ["ensembles", "out", "device"].flatMap((flag) => {
    const value = given.get(flag);
    return value === undefined ? [] : [`--${flag}`, ...(value ? [value] : [])];
  });
  const options = { tool: `masklens ${version}`, commands: commandsFor(named, flags) };
  const report = given.has("ensembles")
    ? await withCompute(terminal, (compute, signal) => {
        const ensembles: ReportOptions["ensembles"] = async (adaptations) => {
          const asked = { adaptations, split: "test", device: given.get("device") ?? "auto", ensembles: true } as const;
          return (await compute.ask("evaluate", asked, { signal })).ensembles ?? [];
        };
        return reportOf(state, { ...options, ensembles });
      })
    : await reportOf(state, options);
  const out = given.get("out");
  const { html, markdown } = await writeReport(out === undefined ? state.study.folder : path.resolve(out), report);
  if (given.has("json")) return printJson(terminal, { html, markdown });
  print(terminal.out, `${shorter(html)}\n${shorter(markdown)}\n`);
}
