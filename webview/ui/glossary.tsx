// Explains the terms of a page: the main ones in one line near its top, and all of them in a panel beside the page.

import { Fragment } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { usePart } from "./host.ts";
import * as l10n from "./l10n.ts";
import { Hint } from "./parts.tsx";
import { kindWords, learntWords } from "./words.ts";

/** A button at the top of the page, and the panel that it opens; Escape in the panel closes it and returns the focus. */
export function Glossary() {
  const [open, setOpen] = usePart("open words", false);
  const button = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLElement>(null);
  /** Whether the panel takes the focus when it opens; false if it was open before a reload. */
  const wanted = useRef(false);
  useLayoutEffect(() => {
    if (open && wanted.current) panel.current!.focus();
  }, [open]);
  const close = () => {
    setOpen(false);
    button.current!.focus();
  };
  const onToggle = () => {
    wanted.current = !open;
    setOpen(!open);
  };
  return (
    <>
      <button ref={button} class="link words" type="button" aria-expanded={open} onClick={onToggle}>
        {l10n.t("Glossary")}
      </button>
      {open && (
        <section
          ref={panel}
          class="glossary"
          tabIndex={-1}
          aria-label={l10n.t("Glossary")}
          onKeyDown={({ key }) => key === "Escape" && close()}
        >
          <button class="link words" type="button" onClick={close}>
            {l10n.t("Close")}
          </button>
          <h2>{l10n.t("Glossary")}</h2>
          <dl>
            {learntWords().map(([word, meaning]) => (
              <Fragment key={word}>
                <dt>{word}</dt>
                <dd>{meaning}</dd>
              </Fragment>
            ))}
          </dl>
        </section>
      )}
    </>
  );
}

/** Spells out the page's matrix kinds, defines its z, and says when |z| is large. */
export const Reading = ({ kinds, z }: { readonly kinds: readonly string[]; readonly z: string }) => (
  <Hint>
    {l10n.t("Matrices: {0}.", kindWords(kinds))} {z}{" "}
    {l10n.t("|z| above 3 is rarely due to chance; ●: significant after correction for multiple tests.")}
  </Hint>
);
