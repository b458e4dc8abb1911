// Multi-step input: a sequence of quick picks and input boxes with a Back button.

import path from "node:path";
import * as vscode from "vscode";
import { NAME } from "../../data/description.ts";
import { MESSAGE, plain } from "./plain.ts";
import { type Item, type StepOptions, shown, stepInput, stepPick } from "./window.ts";

export interface Choice<T> extends Item {
  readonly value: T;
}

/** New texts for a list that is open: choices with the same values, and a placeholder. */
export interface Later<T> {
  readonly choices: readonly Choice<T>[];
  readonly placeholder: string;
}

/** The result of a step if the user pressed Back. */
export const BACK = Symbol("back");
/** A step's result: a value, `BACK`, or undefined if the user cancelled. */
export type Chosen<T> = T | typeof BACK | undefined;

/** One of several steps; `key` names its answer. */
export interface Step {
  readonly key: string;
  ask(at: Omit<StepOptions, "placeholder">): Promise<Chosen<unknown>>;
}

/**
 * Asks step by step; the steps may depend on the answers so far, including `given`. Undefined if the user cancelled.
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

/** Asks for one of the choices; the choice whose value is `last` is listed first. `later` replaces the texts. */
export function choose<T>(
  choices: readonly Choice<T>[],
  options: StepOptions,
  last?: T,
  later?: Promise<Later<T>>,
): Promise<Chosen<T>> {
  const inOrder = (choices: readonly Choice<T>[]) =>
    [...choices].sort((a, b) => Number(b.value === last) - Number(a.value === last));
  return new Promise((resolve) => {
    const pick = stepPick(inOrder(choices), options);
    const answer = answering(pick, options.step, resolve);
    pick.onDidAccept(() => {
      const [chosen] = pick.selectedItems;
      if (chosen) answer(chosen.item.value); // undefined if the typed text matches no choice
    });
    pick.show();
    void later?.then(({ choices, placeholder }) => {
      const active = pick.activeItems[0]?.item.value;
      pick.placeholder = plain(placeholder, MESSAGE);
      pick.items = inOrder(choices).map(shown);
      pick.activeItems = pick.items.filter(({ item }) => item.value === active);
    });
  });
}

/** Asks for some of the choices, at least `fewest`. */
export function chooseSeveral<T>(
  choices: readonly Choice<T>[],
  options: StepOptions,
  fewest = 1,
): Promise<Chosen<readonly T[]>> {
  return new Promise((resolve) => {
    const pick = stepPick(choices, options);
    const answer = answering(pick, options.step, resolve);
    pick.canSelectMany = true;
    pick.selectedItems = pick.items.filter(({ picked }) => picked);
    pick.onDidAccept(() => {
      if (pick.selectedItems.length >= fewest) answer(pick.selectedItems.map(({ item }) => item.value));
    });
    pick.show();
  });
}

/** Asks for one of these files, or any other file. */
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

/** Asks for a line of text; `check` returns the error, if any. */
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

/** Asks for a name that is not in `taken`; `already`: what is said of those. */
export function enterName(
  options: StepOptions,
  value: string,
  taken: ReadonlySet<string>,
  already: string,
): Promise<Chosen<string>> {
  return enter(options, value, (name) => {
    if (!NAME.test(name)) return vscode.l10n.t("Use letters, digits, spaces, and . _ -");
    return taken.has(name) ? already : undefined;
  });
}

/**
 * Adds a Back button to a step's input, and answers undefined if the input is closed. Returns a function that answers; only its
 * first call counts.
 */
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
