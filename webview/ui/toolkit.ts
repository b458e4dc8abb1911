// The controls, from @vscode/webview-ui-toolkit: only this file imports it, so that it can be replaced.

import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeTextArea,
} from "@vscode/webview-ui-toolkit";
import { setText } from "./dom.ts";
import { plain } from "./text.ts";

const registered = new Set<unknown>();

/** Registers a control on first use, so that a page bundles only what it uses. */
function use(
  ...controls: readonly (typeof vsCodeButton | typeof vsCodeDropdown | typeof vsCodeOption | typeof vsCodeTextArea)[]
): void {
  for (const control of controls) {
    if (registered.has(control)) continue;
    registered.add(control);
    provideVSCodeDesignSystem().register(control());
  }
}

export function button(text: string, onClick: () => void, secondary = true): HTMLElement {
  use(vsCodeButton);
  const element = document.createElement("vscode-button");
  if (secondary) element.setAttribute("appearance", "secondary");
  setText(element, text);
  element.addEventListener("click", onClick);
  return element;
}

/** A list to choose from; `onChange` gets the chosen value. */
export function dropdown(
  label: string,
  options: readonly (readonly [value: string, text: string])[],
  chosen: string,
  onChange: (value: string) => void,
): HTMLElement {
  use(vsCodeOption, vsCodeDropdown);
  const element = document.createElement("vscode-dropdown") as HTMLElement & { value: string };
  element.setAttribute("aria-label", plain(label));
  for (const [value, text] of options) {
    const option = document.createElement("vscode-option") as HTMLElement & { value: string };
    option.setAttribute("value", value);
    if (value === chosen) option.setAttribute("selected", "");
    setText(option, text);
    element.append(option);
  }
  element.addEventListener("change", () => onChange(element.value));
  return element;
}

export function textArea(label: string, value: string, onInput: (value: string) => void): HTMLElement {
  use(vsCodeTextArea);
  const element = document.createElement("vscode-text-area") as HTMLElement & { value: string };
  element.setAttribute("rows", "5");
  element.setAttribute("resize", "vertical");
  setText(element, label);
  element.value = value;
  element.addEventListener("input", () => onInput(element.value));
  return element;
}
