// What can be done with the selected runs.

import type { RunAct, RunRow } from "../../src/messages.ts";
import { saveTable } from "../draw/exports/save.ts";
import { copyText } from "../ui/announce.tsx";
import { post } from "../ui/host.ts";
import * as l10n from "../ui/l10n.ts";
import { grouped } from "../ui/numbers.ts";
import { useStore } from "../ui/store.ts";
import { Button } from "../ui/toolkit.tsx";
import { csvRows, markdownOf, tsvOf } from "./saving.ts";
import type { Shown } from "./shown.ts";
import { chosen } from "./state.ts";

/** Methods that train masks; the others leave tensors, which cannot be drawn or compared as masks. */
const hasMask = ({ state, options: { method } }: RunRow) =>
  state === "done" && (method === undefined || method === "mask" || method === "random-mask");

export function Actions({ shown: { columns, rows } }: { readonly shown: Shown }) {
  const selected = useStore(chosen, (state) => state.selected);
  const some = rows.filter(({ run }) => selected.includes(run));
  const masks = some.filter(hasMask);
  const finished = some.filter(({ state }) => state === "done");
  const perform = (act: RunAct, on: readonly RunRow[]) => () =>
    post({ type: "act", act, runs: on.map(({ run }) => run) });
  const taken = some.length ? some : rows;
  const copied = () => (taken.length === 1 ? l10n.t("Copied 1 run") : l10n.t("Copied {0} runs", grouped(taken.length)));
  return (
    <div class="row actions" role="toolbar" aria-label={l10n.t("Selected runs")}>
      <span class="count" role="status">
        {countText(some.length, rows.length)}
      </span>
      <Button text={l10n.t("Open run")} disabled={some.length !== 1} onClick={perform("run", some)} />
      <Button
        text={l10n.t("Open heatmap")}
        disabled={some.length !== 1 || !masks.length}
        onClick={perform("heatmap", masks)}
      />
      <Button text={l10n.t("Diff masks")} disabled={masks.length < 2} onClick={perform("diff", masks)} />
      <Button text={l10n.t("Evaluate")} disabled={!finished.length} onClick={perform("evaluate", finished)} />
      <span class="gap" />
      <Button
        text={l10n.t("Copy table")}
        disabled={!taken.length}
        onClick={() => copyText(tsvOf(columns, taken), copied())}
      />
      <Button
        text={l10n.t("Copy Markdown")}
        disabled={!taken.length}
        onClick={() => copyText(markdownOf(columns, taken), copied())}
      />
      <Button
        text={l10n.t("Save table as CSV")}
        disabled={!taken.length}
        onClick={() => saveTable("runs", { table: "Runs", runs: taken.length }, csvRows(taken))}
      />
    </div>
  );
}

/** What the buttons act on: without a selection, the table is copied and saved as a whole. */
function countText(selected: number, shown: number): string {
  if (selected) return l10n.t("{0} of {1} selected", grouped(selected), grouped(shown));
  return shown === 1 ? l10n.t("1 run") : l10n.t("{0} runs", grouped(shown));
}
