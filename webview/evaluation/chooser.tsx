// Chooses the adaptation whose labels, calibration or examples are shown.

import * as l10n from "../ui/l10n.ts";
import { Dropdown } from "../ui/toolkit.tsx";
import { chosen, type Subject } from "./state.ts";
import { nameOf } from "./words.ts";

export function AdaptationChooser({ subject: { views, view } }: { readonly subject: Subject }) {
  if (views.length === 1) return null;
  return (
    <div class="row">
      <Dropdown
        label={l10n.t("Adaptation")}
        options={views.map((one) => [one.adaptation, nameOf(one)] as const)}
        chosen={view.adaptation}
        onChange={(adaptation) => chosen.change({ adaptation })}
      />
    </div>
  );
}
