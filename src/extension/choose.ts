// Choices in steps, with a way back: quick picks and inputs one after the other.

import * as vscode from "vscode";

export interface Choice<T> extends vscode.QuickPickItem {
  readonly value: T;
}

/** The user went a step back. */
export const BACK = Symbol("back");
/** What a step gives: a value, a step back, or undefined where the user gave up. */
export type Chosen<T> = T | typeof BACK | undefined;

export interface StepOptions {
  readonly title: string;
  readonly step: number;
  readonly steps: number;
  readonly placeholder: string;
}

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
export function choose<T>(
  choices: readonly Choice<T>[],
  { title, step, steps, placeholder }: StepOptions,
  last?: T,
): Promise<Chosen<T>> {
  return new Promise((resolve) => {
    const pick = vscode.window.createQuickPick<Choice<T>>();
    Object.assign(pick, {
      title,
      step,
      totalSteps: steps,
      placeholder,
      matchOnDescription: true,
      ignoreFocusOut: true,
    });
    pick.items = [...choices].sort((a, b) => Number(b.value === last) - Number(a.value === last));
    if (step > 1) pick.buttons = [vscode.QuickInputButtons.Back];
    pick.onDidTriggerButton(() => done(BACK));
    pick.onDidAccept(() => done(pick.selectedItems[0]?.value));
    pick.onDidHide(() => done(undefined));
    pick.show();
    let over = false;
    function done(value: Chosen<T>): void {
      if (over) return;
      over = true;
      resolve(value);
      pick.dispose();
    }
  });
}

/** A line of text; `check` says what is wrong with it, or nothing. */
export function enter(
  { title, step, steps, placeholder }: StepOptions,
  value: string,
  check: (value: string) => string | undefined,
): Promise<Chosen<string>> {
  return new Promise((resolve) => {
    const input = vscode.window.createInputBox();
    Object.assign(input, { title, step, totalSteps: steps, prompt: placeholder, value, ignoreFocusOut: true });
    if (step > 1) input.buttons = [vscode.QuickInputButtons.Back];
    input.onDidChangeValue((text) => {
      input.validationMessage = check(text) ?? "";
    });
    input.onDidTriggerButton(() => done(BACK));
    input.onDidAccept(() => {
      const fault = check(input.value);
      if (fault) input.validationMessage = fault;
      else done(input.value);
    });
    input.onDidHide(() => done(undefined));
    input.show();
    let over = false;
    function done(value: Chosen<string>): void {
      if (over) return;
      over = true;
      resolve(value);
      input.dispose();
    }
  });
}
