// Run Study on Slurm…: asks for what sbatch needs, and remembers it.

import * as vscode from "vscode";
import { secondsOf } from "../../study/slurm/script.ts";
import { askInSteps, enter, type Step } from "../ui/choose.ts";
import type { Command } from "../ui/command.ts";
import { requireTrust } from "../ui/log.ts";
import { chosenStudy } from "./found.ts";
import type { Studies } from "./studies.ts";

interface Answers {
  partition?: string;
  time?: string;
  atOnce?: string;
  sbatch?: string;
}

const REMEMBERED = "masklens.studies.slurm";

/** Says at once if jobs cannot be submitted from here. */
export const slurmCommand =
  (context: vscode.ExtensionContext, studies: Studies): Command =>
  async (given) => {
    requireTrust();
    await studies.ask("slurmVersion", {});
    const study = await chosenStudy(given, (one) => !studies.isRunning(one));
    if (study === undefined) return;
    const last = context.workspaceState.get<Answers>(REMEMBERED, {});
    const asked = await askInSteps(
      vscode.l10n.t("Run Study on Slurm"),
      (answers) => steps({ ...last, ...answers }),
      {},
    );
    if (!asked) return;
    await context.workspaceState.update(REMEMBERED, asked);
    const { partition, time, atOnce, sbatch } = asked as Required<Answers>;
    const filled = (text: string) => text.trim() || undefined;
    await studies.run(study, {
      ...{ partition: filled(partition), time: filled(time), sbatch: filled(sbatch) },
      atOnce: atOnce.trim() ? Number(atOnce) : undefined,
    });
  };

function steps(answers: Answers): Step[] {
  const line = (key: keyof Answers, placeholder: string, check: (text: string) => string | undefined): Step => ({
    key,
    ask: (at) => enter({ ...at, placeholder }, answers[key] ?? "", check),
  });
  const word = (text: string) => (/\s/.test(text.trim()) ? vscode.l10n.t("Enter one word, or nothing.") : undefined);
  return [
    line("partition", vscode.l10n.t("Partition; empty: the cluster's default"), word),
    line("time", vscode.l10n.t("Time limit of a job, such as 4:00:00; empty: the partition's"), (text) =>
      !text.trim() || secondsOf(text.trim()) !== undefined
        ? undefined
        : vscode.l10n.t("Enter minutes, hours:minutes:seconds or days-hours, or nothing."),
    ),
    line("atOnce", vscode.l10n.t("Jobs at a time; empty: no limit"), (text) =>
      !text.trim() || /^[1-9]\d{0,3}$/.test(text.trim())
        ? undefined
        : vscode.l10n.t("Enter a whole number, or nothing."),
    ),
    line("sbatch", vscode.l10n.t("Further flags for sbatch, such as --gres=gpu:1; may be empty"), () => undefined),
  ];
}
