// Filters and order of the examples.

import * as l10n from "../../ui/l10n.ts";
import { useStore } from "../../ui/store.ts";
import { Button, Dropdown } from "../../ui/toolkit.tsx";
import {
  type Chosen,
  chosen,
  type Disagreement,
  MISSING,
  NO_FILTER,
  type Right,
  type Subject,
  searchFor,
} from "../state.ts";
import { labelOf, nameOf } from "../words.ts";

type Options = readonly (readonly [value: string, text: string])[];

const ORDERS: Options = [
  ["loss", l10n.t("Highest loss first")],
  ["least loss", l10n.t("Lowest loss first")],
  ["confidence", l10n.t("Lowest confidence first")],
  ["order", l10n.t("Order of the file")],
];
const RIGHT: Options = [
  ["all", l10n.t("Right and wrong")],
  ["right", l10n.t("Only right")],
  ["wrong", l10n.t("Only wrong")],
];

interface Chooser {
  readonly label: string;
  readonly options: Options;
  readonly chosen: string;
  readonly change: (value: string) => Partial<Chosen>;
}

/** The lists to choose from; some of them only if there are several adaptations. */
function choosersOf({ view, views }: Subject, state: Chosen): Chooser[] {
  const { sort, right, label, predicted, other, disagreement } = state;
  const others = views.filter(({ adaptation }) => adaptation !== view.adaptation);
  const compared = others.find(({ adaptation }) => adaptation === other);
  const labels = (text: (name: string) => string): Options =>
    [...view.details.labels.keys()].map((k) => [String(k), text(labelOf(view, k))] as const);
  const missing: Options = view.examples.predictions.includes(-1) ? [[String(MISSING), labelOf(view, MISSING)]] : [];
  const all: Chooser[] = [
    { label: l10n.t("Order"), options: ORDERS, chosen: sort, change: (by) => ({ sort: by as Chosen["sort"] }) },
    { label: l10n.t("Right or wrong"), options: RIGHT, chosen: right, change: (one) => ({ right: one as Right }) },
    {
      label: l10n.t("Label"),
      options: [["-1", l10n.t("Any label")], ...labels((name) => l10n.t("Label: {0}", name))],
      ...{ chosen: String(label), change: (one) => ({ label: Number(one) }) },
    },
    {
      label: l10n.t("Predicted label"),
      options: [["-1", l10n.t("Any prediction")], ...labels((name) => l10n.t("Predicted: {0}", name)), ...missing],
      ...{ chosen: String(predicted), change: (one) => ({ predicted: Number(one) }) },
    },
  ];
  if (others.length) {
    const named = others.map((one) => [one.adaptation, l10n.t("Disagrees with {0}", nameOf(one))] as const);
    const options: Options = [["", l10n.t("Whatever others predict")], ...named];
    const file = compared?.adaptation ?? "";
    all.push({ label: l10n.t("Disagreement"), options, chosen: file, change: (one) => ({ other: one }) });
  }
  if (compared) {
    const options: Options = [
      ["any", l10n.t("Whoever is right")],
      ["a", l10n.t("{0} is right", nameOf(view))],
      ["b", l10n.t("{0} is right", nameOf(compared))],
      ["neither", l10n.t("Neither is right")],
    ];
    const change = (one: string) => ({ disagreement: one as Disagreement });
    all.push({ label: l10n.t("Who is right"), options, chosen: disagreement, change });
  }
  return all;
}

export function Toolbar({ subject }: { readonly subject: Subject }) {
  const state = useStore(chosen, (all) => all);
  const { right, label, predicted, other, text } = state;
  const isFiltered = right !== "all" || label !== -1 || predicted !== -1 || other !== "" || text !== "";
  return (
    <div class="row filters">
      <input
        class="entry"
        type="search"
        aria-label={l10n.t("Search the texts")}
        placeholder={l10n.t("Search the texts")}
        value={text}
        onInput={({ currentTarget }) => searchFor(currentTarget.value)}
      />
      {choosersOf(subject, state).map(({ label, options, chosen: value, change }) => (
        <Dropdown
          key={`${label} ${subject.view.adaptation}`}
          label={label}
          options={options}
          chosen={value}
          onChange={(next) => chosen.change(change(next))}
        />
      ))}
      {isFiltered && (
        <Button
          text={l10n.t("Clear Filters")}
          onClick={() => {
            chosen.change(NO_FILTER);
            searchFor("");
          }}
        />
      )}
    </div>
  );
}
