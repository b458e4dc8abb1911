// Where VS Code enters: wires the parts of the extension together, and does nothing before it is asked.

import type { ExtensionContext } from "vscode";
import { registerHeatmap } from "./heatmap.ts";

export function activate(context: ExtensionContext): void {
  context.subscriptions.push(registerHeatmap(context));
}
