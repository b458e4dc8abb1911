// What the table shows: the filter, and how runs are grouped.

import { useMemo, useState } from "preact/hooks";
import type { RunRow } from "../../src/messages.ts";
import * as l10n from "../ui/l10n.ts";
import { useStore } from "../ui/store.ts";
import { named } from "../ui/text.ts";
import { Dropdown } from "../ui/toolkit.tsx";
import type { Column } from "./columns.ts";
import { compared, toggled } from "./filter.ts";
import { BY_SEEDS } from "./groups.ts";
import { chosen } from "./state.ts";

interface ToolbarProps {
  readonly all: readonly RunRow[];
  readonly columns: readonly Column[];
}

/** The maximum number of values that a list offers. */
const MOST_VALUES = 60;
/** Columns with a value of their own in nearly every run are filtered by conditions such as steps>100. */
const UNLISTED = new Set(["name", "validation", "test", "sparsity", "steps", "seconds", "date"]);

export function Toolbar({ all, columns }: ToolbarProps) {
  const { filter, group } = useStore(chosen, (state) => state);
  return (
    <div class="row filters">
      <input
        class="entry"
        type="search"
        aria-label={l10n.t("Filter runs")}
        title={l10n.t(
          "Words, or conditions on columns: method:mask, -task:sst2, epochs>=3, test>0.9. Several values of one column are alternatives.",
        )}
        placeholder={l10n.t("Filter: words, method:mask, test>0.9")}
        value={filter}
        onInput={({ currentTarget }) => chosen.change({ filter: currentTarget.value })}
      />
      <ByValue all={all} columns={columns} />
      <Dropdown
        label={l10n.t("Group runs by")}
        options={[
          ["", l10n.t("No groups")],
          [BY_SEEDS, l10n.t("Group: same but for seeds")],
          ...groupable(all, columns).map(({ id, title }) => [id, l10n.t("Group by {0}", named(title))] as const),
        ]}
        chosen={group}
        onChange={(by) => chosen.change({ group: by, collapsed: [] })}
      />
    </div>
  );
}

/** Columns of options, by which runs can be grouped. */
function groupable(all: readonly RunRow[], columns: readonly Column[]): Column[] {
  const names = new Set(all.flatMap(({ options }) => Object.keys(options)));
  return columns.filter(({ id }) => names.has(id));
}

/** Chooses a column, then a value of it; the condition is added to the filter, or removed from it. */
function ByValue({ all, columns }: ToolbarProps) {
  const [column, choose] = useState("");
  const listed = columns.filter(({ id }) => !UNLISTED.has(id));
  const by = listed.find(({ id }) => id === column);
  const values = useMemo(() => {
    const found = new Map((by ? all : []).map((row) => [by!.valueIn(row), by!.textOf(row)]));
    if (by?.id === "state") for (const value of found.keys()) found.set(value, String(value));
    return [...found].sort(([a], [b]) => compared(a, b, true)).slice(0, MOST_VALUES);
  }, [all, by]);
  return (
    <>
      <Dropdown
        label={l10n.t("Column to filter by")}
        options={[["", l10n.t("Filter by column…")], ...listed.map(({ id, title }) => [id, named(title)] as const)]}
        chosen={by?.id ?? ""}
        onChange={choose}
      />
      {by && (
        <Dropdown
          key={by.id}
          label={l10n.t("Value to filter by")}
          options={[["", l10n.t("Value…")], ...values.map(([, text], i) => [String(i), named(text)] as const)]}
          chosen=""
          onChange={(i) => {
            const value = values[Number(i)];
            if (i && value) chosen.change({ filter: toggled(chosen.state.filter, by.id, value[0]) });
            choose("");
          }}
        />
      )}
    </>
  );
}
