// The controls, from @vscode/webview-ui-toolkit: the only file that knows it, so that a successor can take its place.

import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeTextArea,
} from "@vscode/webview-ui-toolkit";

provideVSCodeDesignSystem().register(
  vsCodeButton(),
  vsCodeCheckbox(),
  vsCodeDropdown(),
  vsCodeOption(),
  vsCodeTextArea(),
);

export function button(text: string, onClick: () => void, secondary = true): HTMLElement {
  const element = document.createElement("vscode-button");
  if (secondary) element.setAttribute("appearance", "secondary");
  element.textContent = text;
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
  const element = document.createElement("vscode-dropdown") as HTMLElement & { value: string };
  element.setAttribute("aria-label", label);
  for (const [value, text] of options) {
    const option = document.createElement("vscode-option") as HTMLElement & { value: string };
    option.setAttribute("value", value);
    if (value === chosen) option.setAttribute("selected", "");
    option.textContent = text;
    element.append(option);
  }
  element.addEventListener("change", () => onChange(element.value));
  return element;
}

export function textArea(label: string, value: string, onInput: (value: string) => void): HTMLElement {
  const element = document.createElement("vscode-text-area") as HTMLElement & { value: string };
  element.setAttribute("rows", "5");
  element.setAttribute("resize", "vertical");
  element.textContent = label;
  element.value = value;
  element.addEventListener("input", () => onInput(element.value));
  return element;
}
