// Choices in steps, with a way back: quick picks and inputs one after the other.

import path from "node:path";
import * as vscode from "vscode";
import { type Item, type StepOptions, stepInput, stepPick } from "./window.ts";

export interface Choice<T> extends Item {
  readonly value: T;
}

/** The user went a step back. */
export const BACK = Symbol("back");
/** What a step gives: a value, a step back, or undefined where the user gave up. */
export type Chosen<T> = T | typeof BACK | undefined;

/** One step of several; `key` is what its answer is called. */
export interface Step {
  readonly key: string;
  ask(at: Omit<StepOptions, "placeholder">): Promise<Chosen<unknown>>;
}

/**
 * Asks step by step; which steps there are may follow from the answers so far, among which those given are. Undefined where
 * the user gave up.
 */
export async function askInSteps(
  title: string,
  stepsOf: (answers: Record<string, unknown>) => readonly Step[],
  given: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown> | undefined> {
  const answers = { ...given };
  for (let at = 0; ; ) {
    const steps = stepsOf(answers);
    const step = steps[at];
    if (!step) return answers;
    const chosen = await step.ask({ title, step: at + 1, steps: steps.length });
    if (chosen === undefined) return undefined;
    if (chosen === BACK) at--;
    else {
      answers[step.key] = chosen;
      at++;
    }
  }
}

/** A list to choose one from; the value that was chosen last time stands first. */
export function choose<T>(choices: readonly Choice<T>[], options: StepOptions, last?: T): Promise<Chosen<T>> {
  return new Promise((resolve) => {
    const pick = stepPick(
      [...choices].sort((a, b) => Number(b.value === last) - Number(a.value === last)),
      options,
    );
    const answer = answering(pick, options.step, resolve);
    pick.onDidAccept(() => {
      const [chosen] = pick.selectedItems;
      if (chosen) answer(chosen.item.value); // none where what is typed fits nothing
    });
    pick.show();
  });
}

/** One of these files, or another that lies anywhere. */
export async function chooseFile(files: readonly string[], options: StepOptions): Promise<Chosen<string>> {
  const choices: Choice<string | null>[] = files.map((file) => ({
    ...{ label: path.basename(file), description: vscode.workspace.asRelativePath(file), value: file },
  }));
  choices.push({ icon: "folder-opened", label: vscode.l10n.t("Another file…"), value: null });
  const chosen = await choose(choices, options);
  if (chosen !== null) return chosen;
  const [other] = (await vscode.window.showOpenDialog({ title: options.placeholder })) ?? [];
  return other?.fsPath;
}

/** A line of text; `check` says what is wrong with it, or nothing. */
export function enter(
  options: StepOptions,
  value: string,
  check: (value: string) => string | undefined,
): Promise<Chosen<string>> {
  return new Promise((resolve) => {
    const input = stepInput(options, value, check);
    const answer = answering(input, options.step, resolve);
    input.onDidAccept(() => {
      if (input.isRight()) answer(input.value);
    });
    input.show();
  });
}

/** What every step does alike: a way back, and no answer where it is closed. Gives what answers, once. */
function answering<T>(
  input: Pick<vscode.InputBox, "buttons" | "onDidTriggerButton" | "onDidHide" | "dispose">,
  step: number,
  resolve: (value: Chosen<T>) => void,
): (value: Chosen<T>) => void {
  let over = false;
  const answer = (value: Chosen<T>) => {
    if (over) return;
    over = true;
    resolve(value);
    input.dispose();
  };
  if (step > 1) input.buttons = [vscode.QuickInputButtons.Back];
  input.onDidTriggerButton(() => answer(BACK));
  input.onDidHide(() => answer(undefined));
  return answer;
}
