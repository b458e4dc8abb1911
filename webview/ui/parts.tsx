// Building blocks of pages: headings, figures, hints, errors.

import type { ComponentChildren, RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { taskBeside } from "../../src/file-name.ts";
import { visibleLines } from "../../src/visible.ts";
import { named } from "./text.ts";

/** A message in which elements or texts replace the placeholders {0}, {1} and so on. */
export const filled = (message: string, ...values: readonly ComponentChildren[]): ComponentChildren[] =>
  message.split(/\{(\d)\}/).map((part, i) => (i % 2 ? values[Number(part)] : part));

export const Hint = ({ children }: { readonly children: ComponentChildren }) => <p class="hint">{children}</p>;

export const Failure = ({ message }: { readonly message: string }) => (
  <div class="error" role="alert">
    {message}
  </div>
);

export const Heading = ({ title, aside }: { readonly title: string; readonly aside?: string | undefined }) => (
  <h2>
    {title}
    {aside && " "}
    {aside && <span class="aside">{aside}</span>}
  </h2>
);

/** The task to show beside a mask's name; renders nothing if the mask is named after it. */
export function TaskBeside({ file, task }: { readonly file: string; readonly task: string }) {
  const shown = taskBeside(file, task);
  return shown ? <span class="aside"> {named(shown)}</span> : null;
}

/** A heading, choosers and a drawing. Saved pictures contain all figures of a page. */
export const Figure = (props: {
  readonly title: string;
  readonly aside: string;
  readonly choosers?: ComponentChildren;
  readonly children: ComponentChildren;
}) => (
  <section class="figure">
    <div class="top">
      <Heading title={props.title} aside={props.aside} />
      <div class="choosers">{props.choosers}</div>
    </div>
    {props.children}
  </section>
);

/** A reference to an element with this text of any length, with its line breaks. */
export function useWhole<E extends HTMLElement>(text: string): RefObject<E | null> {
  const element = useRef<E>(null);
  useLayoutEffect(() => {
    element.current!.textContent = visibleLines(text); // `makePlain` would truncate a child
  }, [text]);
  return element;
}

/** Text of any length, with its line breaks. */
export function Preformatted({ text }: { readonly text: string }) {
  const pre = useWhole<HTMLPreElement>(text);
  // biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, and scrolling needs focus when using the keyboard
  return <pre tabIndex={0} ref={pre} />;
}
