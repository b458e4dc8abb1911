// Text that VS Code's own UI shows literally. Independent of vscode.

import { visible } from "../../visible.ts";

/** The maximum length of a label of an entry, a tab or the status bar, in characters. */
export const LABEL = 160;
/** The maximum length of a message, or of a line of text, in characters; the editor truncates notifications at 1,000. */
export const MESSAGE = 1000;

/**
 * `text` as one line of visible text without anything that the editor renders as a link or an icon. Notifications, input boxes
 * and dialogs turn `[text](command:…)` and `[text](https:…)` into links; quick picks, the status bar and labels turn `$(name)`
 * into an icon. A space between the brackets or after the dollar sign prevents that, and the text still reads the same.
 */
export function plain(text: string, most = LABEL): string {
  return visible(text, most).replaceAll("](", "] (").replaceAll("$(", "$ (");
}

/** Like `plain`, but for several lines, each at most as long as a message. */
export function plainLines(text: string): string {
  return text
    .split("\n")
    .map((line) => plain(line, MESSAGE))
    .join("\n");
}

/** Calls `ask` with the buttons' texts made plain; returns the original text of the pressed button. */
export async function pressed(
  buttons: readonly string[],
  ask: (shown: readonly string[]) => PromiseLike<string | undefined>,
): Promise<string | undefined> {
  const shown = buttons.map((button) => plain(button));
  const answer = await ask(shown);
  return answer === undefined ? undefined : buttons[shown.indexOf(answer)];
}
