// The menu of a row: what the cell under the pointer allows, and what the run allows.

import type { RunRow } from "../../../src/messages.ts";
import { copyText } from "../../ui/announce.tsx";
import { post } from "../../ui/host.ts";
import * as l10n from "../../ui/l10n.ts";
import type { MenuItem } from "../../ui/menu.tsx";
import { plainValue } from "../../ui/plain-values.ts";
import { named } from "../../ui/text.ts";
import type { Column } from "../columns.ts";
import { toggled } from "../filter.ts";
import { chosen } from "../state.ts";

/** Where the menu was opened. */
export interface Opened {
  readonly row: RunRow;
  readonly column: Column | undefined;
  readonly x: number;
  readonly y: number;
}

export function itemsOf({ row, column }: Opened, onOpen: (run: string) => void): MenuItem[] {
  const text = column?.textOf(row) ?? "";
  return [
    { title: l10n.t("Open run"), onChoose: () => onOpen(row.run) },
    {
      title: l10n.t("Open heatmap"),
      onChoose: () => post({ type: "act", act: "heatmap", runs: [row.run] }),
    },
    ...(column
      ? [
          {
            title: l10n.t("Show only {0}: {1}", column.title, named(text)),
            onChoose: () => chosen.change({ filter: toggled(chosen.state.filter, column.id, column.valueIn(row)) }),
          },
          {
            title: l10n.t("Copy cell"),
            onChoose: () => copyText(plainValue(text) || text, l10n.t("Copied {0}", named(text))),
          },
        ]
      : []),
  ];
}
