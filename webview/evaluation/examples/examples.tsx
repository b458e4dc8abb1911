// The examples of an evaluation: filters, a list, and the chosen example with the predictions of all adaptations.

import * as l10n from "../../ui/l10n.ts";
import { grouped } from "../../ui/numbers.ts";
import { Hint } from "../../ui/parts.tsx";
import { useStore } from "../../ui/store.ts";
import { AdaptationChooser } from "../chooser.tsx";
import { Saving } from "../saving.tsx";
import { chosen, type Subject, told } from "../state.ts";
import { Example } from "./example.tsx";
import { ExampleList } from "./list.tsx";
import { useShownExamples } from "./shown.ts";
import { MOST_SAVED } from "./table.ts";
import { Toolbar } from "./toolbar.tsx";

export function Examples({ subject }: { readonly subject: Subject }) {
  const { view, views } = subject;
  const { example, text } = useStore(chosen, (state) => state);
  const found = useStore(told, (state) => state.found);
  const shown = useShownExamples(view, views);
  const all = view.examples.losses.length;
  const isSearching = text !== "" && found === undefined;
  return (
    <>
      <AdaptationChooser subject={subject} />
      <Toolbar subject={subject} />
      <p class="hint" role="status">
        {isSearching ? l10n.t("Searching…") : l10n.t("{0} of {1} examples", grouped(shown.length), grouped(all))}
      </p>
      <ExampleList subject={subject} shown={shown} />
      <Hint>
        {l10n.t("Arrow keys, Page Up, Page Down, Home and End move between examples; the chosen one is shown below.")}
        {shown.length > MOST_SAVED &&
          ` ${l10n.t("Save CSV takes the first {0}; the command line's --examples writes all.", grouped(MOST_SAVED))}`}
      </Hint>
      {example >= 0 && example < all && <Example subject={subject} example={example} />}
      <Saving subject={subject} table="examples" />
    </>
  );
}
