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

export function Toolbar({ subject: { view, views } }: { readonly subject: Subject }) {
  const { sort, right, label, predicted, other, disagreement, text } = useStore(chosen, (state) => state);
  const labels = [...view.details.labels.keys()].map((k) => [String(k), k] as const);
  const others = views.filter(({ adaptation }) => adaptation !== view.adaptation);
  const compared = others.find(({ adaptation }) => adaptation === other);
  const hasMissing = view.examples.predictions.includes(-1);
  const isFiltered = right !== "all" || label !== -1 || predicted !== -1 || compared !== undefined || text !== "";
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
      <Dropdown
        label={l10n.t("Order")}
        options={[
          ["loss", l10n.t("Highest loss first")],
          ["least loss", l10n.t("Lowest loss first")],
          ["confidence", l10n.t("Lowest confidence first")],
          ["order", l10n.t("Order of the file")],
        ]}
        chosen={sort}
        onChange={(by) => chosen.change({ sort: by as Chosen["sort"] })}
      />
      <Dropdown
        label={l10n.t("Right or wrong")}
        options={[
          ["all", l10n.t("Right and wrong")],
          ["right", l10n.t("Only right")],
          ["wrong", l10n.t("Only wrong")],
        ]}
        chosen={right}
        onChange={(one) => chosen.change({ right: one as Right })}
      />
      <Dropdown
        label={l10n.t("Label")}
        options={[
          ["-1", l10n.t("Any label")],
          ...labels.map(([value, k]) => [value, l10n.t("Label: {0}", labelOf(view, k))] as const),
        ]}
        chosen={String(label)}
        onChange={(one) => chosen.change({ label: Number(one) })}
      />
      <Dropdown
        label={l10n.t("Predicted label")}
        options={[
          ["-1", l10n.t("Any prediction")],
          ...labels.map(([value, k]) => [value, l10n.t("Predicted: {0}", labelOf(view, k))] as const),
          ...(hasMissing ? [[String(MISSING), labelOf(view, MISSING)] as const] : []),
        ]}
        chosen={String(predicted)}
        onChange={(one) => chosen.change({ predicted: Number(one) })}
      />
      {others.length > 0 && (
        <Dropdown
          key={view.adaptation}
          label={l10n.t("Disagreement")}
          options={[
            ["", l10n.t("Whatever others predict")],
            ...others.map((one) => [one.adaptation, l10n.t("Disagrees with {0}", nameOf(one))] as const),
          ]}
          chosen={compared?.adaptation ?? ""}
          onChange={(file) => chosen.change({ other: file })}
        />
      )}
      {compared && (
        <Dropdown
          label={l10n.t("Who is right")}
          options={[
            ["any", l10n.t("Whoever is right")],
            ["a", l10n.t("{0} is right", nameOf(view))],
            ["b", l10n.t("{0} is right", nameOf(compared))],
            ["neither", l10n.t("Neither is right")],
          ]}
          chosen={disagreement}
          onChange={(one) => chosen.change({ disagreement: one as Disagreement })}
        />
      )}
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
