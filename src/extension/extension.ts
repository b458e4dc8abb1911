// Where VS Code enters: wires the parts of the extension together, and does nothing before it is asked.

import type { ExtensionContext } from "vscode";

export function activate(_context: ExtensionContext): void {}
