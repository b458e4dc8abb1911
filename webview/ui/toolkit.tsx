// Controls from @vscode/webview-ui-toolkit. Only this file imports the toolkit, so that it can be replaced.

import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeTextArea,
} from "@vscode/webview-ui-toolkit";
import type { HTMLAttributes } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

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
  readonly rows?: number;
  /** Whether it takes the focus when the page opens. */
  readonly focused?: boolean;
  readonly onInput: (value: string) => void;
}

export function TextArea({ label, value, rows = 5, focused = false, onInput }: TextAreaProps) {
  use(vsCodeTextArea);
  const area = useRef<HTMLElement & { value: string }>(null);
  useLayoutEffect(() => {
    if (focused) area.current!.focus();
  }, []);
  return (
    <vscode-text-area
      ref={area}
      rows={rows}
      resize="vertical"
      value={value}
      onInput={({ currentTarget }) => onInput(currentTarget.value)}
    >
      {label}
    </vscode-text-area>
  );
}

interface NumberFieldProps {
  readonly label: string;
  readonly value: number | null;
  readonly least: number;
  readonly most: number;
  readonly whole: boolean;
  /** Shown while it is empty; a field without one cannot be. */
  readonly placeholder?: string;
  readonly onChange: (value: number | null) => void;
}

/** A number between limits; anything else that is entered is taken back. The toolkit has no such control. */
export function NumberField({ label, value, least, most, whole, placeholder, onChange }: NumberFieldProps) {
  /** What is being entered, which stays when the page is drawn meanwhile. */
  const [draft, setDraft] = useState<string | undefined>(undefined);
  return (
    <label class="field">
      {label}
      <input
        class="entry"
        type="number"
        min={least}
        max={most}
        step={whole ? 1 : "any"}
        placeholder={placeholder}
        value={draft ?? value ?? ""}
        onInput={({ currentTarget }) => setDraft(currentTarget.value)}
        onChange={({ currentTarget }) => {
          const { value: text } = currentTarget;
          const entered = Number(text);
          setDraft(undefined);
          const fits = entered >= least && entered <= most && (!whole || Number.isInteger(entered));
          if (text && fits) onChange(entered);
          else if (!text && placeholder !== undefined && !currentTarget.validity.badInput) onChange(null);
          else currentTarget.value = String(value ?? "");
        }}
      />
    </label>
  );
}
