// The examples that the page shows, as filtered and sorted.

import { useMemo } from "preact/hooks";
import { useStore } from "../../ui/store.ts";
import { type Chosen, chosen, told, type View } from "../state.ts";
import { matching } from "./filter.ts";

export function shownExamples(view: View, views: readonly View[]): Uint32Array {
  return filtered(view, views, chosen.state, told.state.found);
}

function filtered(
  view: View,
  views: readonly View[],
  filter: Chosen,
  found: ReadonlySet<number> | undefined,
): Uint32Array {
  const other = views.find(({ adaptation }) => adaptation === filter.other && adaptation !== view.adaptation);
  return matching(view, other, filter, filter.text ? (found ?? new Set()) : undefined);
}

export function useShownExamples(view: View, views: readonly View[]): Uint32Array {
  const { right, label, predicted, disagreement, sort, other, text } = useStore(chosen, (state) => state);
  const found = useStore(told, (state) => state.found);
  return useMemo(
    () => filtered(view, views, chosen.state, found),
    [view.examples, right, label, predicted, disagreement, sort, other, text, found],
  );
}
