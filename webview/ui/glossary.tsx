// The glossary at the end of a page.

import { Fragment } from "preact";
import { Fold } from "./fold.tsx";
import * as l10n from "./l10n.ts";
import { learntWords } from "./words.ts";

export const Glossary = () => (
  <Fold name="words" summary={l10n.t("Glossary")}>
    <dl>
      {learntWords().map(([word, meaning]) => (
        <Fragment key={word}>
          <dt>{word}</dt>
          <dd>{meaning}</dd>
        </Fragment>
      ))}
    </dl>
  </Fold>
);
