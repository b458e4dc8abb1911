// Text that VS Code's own UI shows literally. Independent of vscode.

import { visible } from "../../visible.ts";

/** The longest label of an entry, a tab or the status bar. */
export const LABEL = 160;
/** The longest message, explanation or line of one; the editor cuts notifications at a thousand. */
export const MESSAGE = 1000;

/**
 * `text` as one line of visible text in which the editor finds neither a link nor an icon. Notifications, input boxes and
 * dialogs make `[text](command:…)` and `[text](https:…)` links, and quick picks, the status bar and labels make `$(name)` an
 * icon. A space between the brackets or after the dollar sign prevents that, and the text still reads the same.
 */
export function plain(text: string, most = LABEL): string {
  return visible(text, most).replaceAll("](", "] (").replaceAll("$(", "$ (");
}

/** The same of several lines, each at most a message long. */
export function plainLines(text: string): string {
  return text
    .split("\n")
    .map((line) => plain(line, MESSAGE))
    .join("\n");
}

/** Asks with buttons whose texts are made plain; returns the original text of the pressed one. */
export async function pressed(
  buttons: readonly string[],
  ask: (shown: readonly string[]) => PromiseLike<string | undefined>,
): Promise<string | undefined> {
  const shown = buttons.map((button) => plain(button));
  const answer = await ask(shown);
  return answer === undefined ? undefined : buttons[shown.indexOf(answer)];
}
