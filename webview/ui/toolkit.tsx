// Controls from @vscode/webview-ui-toolkit. Only this file imports the toolkit, so that it can be replaced.

import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeTextArea,
} from "@vscode/webview-ui-toolkit";
import type { HTMLAttributes } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

declare module "preact" {
  namespace JSX {
    interface IntrinsicElements {
      "vscode-button": HTMLAttributes & { readonly appearance: "primary" | "secondary"; readonly disabled: boolean };
      "vscode-dropdown": HTMLAttributes<HTMLElement & { value: string }>;
      "vscode-option": HTMLAttributes & { readonly value: string; readonly defaultSelected: boolean };
      "vscode-text-area": HTMLAttributes<HTMLElement & { value: string }> & {
        readonly value: string;
        readonly rows: number;
        readonly resize: "vertical";
      };
    }
  }
}

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

interface ButtonProps {
  readonly text: string;
  readonly onClick: () => void;
  /** Whether this is the page's main action. */
  readonly primary?: boolean;
  readonly hidden?: boolean;
  readonly disabled?: boolean;
}

export function Button({ text, onClick, primary = false, hidden = false, disabled = false }: ButtonProps) {
  use(vsCodeButton);
  return (
    <vscode-button
      appearance={primary ? "primary" : "secondary"}
      hidden={hidden}
      disabled={disabled}
      onClick={() => disabled || onClick()}
    >
      {text}
    </vscode-button>
  );
}

interface DropdownProps {
  readonly label: string;
  readonly options: readonly (readonly [value: string, text: string])[];
  readonly chosen: string;
  readonly onChange: (value: string) => void;
}

/** A drop-down list. While it is open, the toolkit itself tracks the highlighted option. */
export function Dropdown({ label, options, chosen, onChange }: DropdownProps) {
  use(vsCodeOption, vsCodeDropdown);
  const dropdown = useRef<HTMLElement & { value: string }>(null);
  useLayoutEffect(() => {
    dropdown.current!.value = chosen;
  }, [chosen]);
  return (
    <vscode-dropdown ref={dropdown} aria-label={label} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
      {options.map(([value, text]) => (
        <vscode-option key={value} value={value} defaultSelected={value === chosen}>
          {text}
        </vscode-option>
      ))}
    </vscode-dropdown>
  );
}

interface TextAreaProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
}

/** A text area that takes the focus when the page opens. */
export function TextArea({ label, value, onInput }: TextAreaProps) {
  use(vsCodeTextArea);
  const area = useRef<HTMLElement & { value: string }>(null);
  useLayoutEffect(() => area.current!.focus(), []);
  return (
    <vscode-text-area
      ref={area}
      rows={5}
      resize="vertical"
      value={value}
      onInput={({ currentTarget }) => onInput(currentTarget.value)}
    >
      {label}
    </vscode-text-area>
  );
}
