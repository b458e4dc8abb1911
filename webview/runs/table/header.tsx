// The header of the table: its buttons sort; Tab reaches one of them, arrow keys the others.

import { useRef, useState } from "preact/hooks";
import * as l10n from "../../ui/l10n.ts";
import { useStore } from "../../ui/store.ts";
import type { Column } from "../columns.ts";
import { chosen } from "../state.ts";

export function TableHeader({ columns }: { readonly columns: readonly Column[] }) {
  const { column, up } = useStore(chosen, ({ sort }) => sort);
  const [reached, reach] = useState(0);
  const header = useRef<HTMLTableSectionElement>(null);
  const at = Math.min(reached, columns.length - 1);
  const onKeyDown = (event: KeyboardEvent) => {
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: columns.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const place = Math.max(0, Math.min(columns.length - 1, to));
    reach(place);
    const button = header.current!.querySelectorAll("button")[place]!;
    button.focus();
    button.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  /** Numbers and dates sort with the greatest first, texts from A to Z; the next click reverses, the one after undoes it. */
  const sortBy = ({ id, isNumber }: Column) => {
    if (column !== id) chosen.change({ sort: { column: id, up: !isNumber } });
    else if (up === !isNumber) chosen.change({ sort: { column: id, up: !up } });
    else chosen.change({ sort: { column: "", up: true } });
  };
  return (
    <thead ref={header} class="head" onKeyDown={onKeyDown}>
      <tr class="run-line" aria-rowindex={1}>
        <th class="check" scope="col">
          <span class="visually-hidden">{l10n.t("selected")}</span>
        </th>
        {columns.map((one, i) => (
          <th
            key={one.id}
            scope="col"
            class={one.isNumber ? "number" : undefined}
            title={one.meaning}
            aria-sort={one.id === column ? (up ? "ascending" : "descending") : undefined}
          >
            <button
              class="sort"
              type="button"
              tabIndex={i === at ? 0 : -1}
              onClick={() => sortBy(one)}
              onFocus={() => reach(i)}
            >
              {one.title}
            </button>
          </th>
        ))}
      </tr>
    </thead>
  );
}
