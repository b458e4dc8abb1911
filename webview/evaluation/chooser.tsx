// Chooses the adaptation whose labels, calibration or examples are shown.

import * as l10n from "../ui/l10n.ts";
import { Dropdown } from "../ui/toolkit.tsx";
import { chosen, type Subject } from "./state.ts";
import { nameOf } from "./words.ts";

export function AdaptationChooser({ subject: { views, view } }: { readonly subject: Subject }) {
  const list = {
    ...{ label: l10n.t("Adaptation"), chosen: view.adaptation },
    options: views.map((one) => [one.adaptation, nameOf(one)] as const),
    onChange: (adaptation: string) => chosen.change({ adaptation }),
  };
  return views.length > 1 ? <div class="row">{<Dropdown {...list} />}</div> : null;
}
