// Draws figures to be saved in the theme's colours, or in light or dark ones regardless of the theme.

import type { FigureColours } from "../../../src/messages.ts";

export const FIGURE_COLOURS: readonly FigureColours[] = ["theme", "light", "dark"];

/** The theme variables that figures use, with their values in VS Code's default light and dark themes. */
const VARIABLES: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  "editor-background": ["#ffffff", "#1f1f1f"],
  "editor-foreground": ["#3b3b3b", "#cccccc"],
  foreground: ["#3b3b3b", "#cccccc"],
  descriptionForeground: ["#3b3b3b", "#9d9d9d"],
  "widget-border": ["#e5e5e5", "#313131"],
  "panel-border": ["#e5e5e5", "#2b2b2b"],
  focusBorder: ["#005fb8", "#0078d4"],
  "textLink-foreground": ["#005fb8", "#4daafc"],
  "charts-blue": ["#0063d3", "#59a4f9"],
  "charts-green": ["#388a34", "#89d185"],
  "charts-purple": ["#652d90", "#b180d7"],
  "charts-red": ["#e51400", "#f14c4c"],
  contrastBorder: ["initial", "initial"], // only high-contrast themes set it
};

/**
 * The page is drawn in the first frame, a matrix in the second, and anything that depends on the matrix's size in the
 * third; the remaining frames are spare.
 */
const FRAMES = 6;

/**
 * Draws the page in these colours while `work` reads it. Meanwhile a cover hides the page, so that the user does not see its
 * colours change.
 */
export async function inColours<T>(colours: FigureColours, work: () => T): Promise<T> {
  if (colours === "theme") return work();
  const { body } = document;
  const sheet = new CSSStyleSheet();
  const i = colours === "light" ? 0 : 1;
  const values = Object.entries(VARIABLES).map(([name, both]) => `--vscode-${name}: ${both[i]} !important;`);
  sheet.replaceSync(`:root { ${values.join(" ")} }`);
  const cover = coverOf(getComputedStyle(body).getPropertyValue("--vscode-editor-background"));
  const [before, during] = [body.className, classOf(colours)];
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  body.className = during;
  try {
    for (let frame = 0; frame < FRAMES; frame++) await new Promise(requestAnimationFrame);
    return work();
  } finally {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
    if (body.className === during) body.className = before; // otherwise the editor's theme has changed in the meantime
    cover.remove();
  }
}

/** The class names that the body has in a theme of these colours; names unrelated to the theme are kept. */
function classOf(colours: "light" | "dark"): string {
  const others = [...document.body.classList].filter((name) => !/^vscode-(light|dark|high-contrast.*)$/.test(name));
  return [`vscode-${colours}`, ...others].join(" ");
}

function coverOf(colour: string): HTMLElement {
  const cover = document.createElement("div");
  Object.assign(cover.style, { position: "fixed", inset: "0", zIndex: "100", background: colour });
  document.body.append(cover);
  return cover;
}
