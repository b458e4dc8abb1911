// Saves the overlay: its charts as a picture, the curves as a table.

import type { Curve, RunRow } from "../../../src/messages.ts";
import { ExportRow } from "../../draw/exports/exports.tsx";
import type { Row } from "../../draw/exports/save.ts";
import * as l10n from "../../ui/l10n.ts";
import { isShare } from "../../ui/numbers.ts";
import { useStore } from "../../ui/store.ts";
import { named } from "../../ui/text.ts";
import type { Shown } from "../shown.ts";
import { chosen, told } from "../state.ts";
import { QUANTITIES } from "./lines.ts";

interface Props {
  readonly shown: Shown;
  readonly runs: readonly RunRow[];
  /** What the charts show. */
  readonly notes: readonly string[];
}

export function OverlayExports({ shown, runs, notes }: Props) {
  const study = useStore(told, (state) => state.study);
  const { smoothing, log, filter } = useStore(chosen, (state) => state);
  const name = study?.split(/[/\\]/).at(-1);
  const title = name === undefined ? l10n.t("Runs") : l10n.t("Runs of the study {0}", named(name));
  const drawn = [
    ...notes,
    runs.every(({ metric }) => isShare(metric))
      ? l10n.t(
          "Metrics are on validation examples, in %. Flips: since the previous evaluation, per step and per 1,000 masked weights.",
        )
      : l10n.t(
          "Metrics are on validation examples. Flips: since the previous evaluation, per step and per 1,000 masked weights.",
        ),
    ...(smoothing ? [l10n.t("The loss is smoothed by {0}.", smoothing)] : []),
    ...(log ? [l10n.t("Loss and flips are on a log scale.")] : []),
  ];
  return (
    <ExportRow
      name={name ?? "runs"}
      provenance={() => [
        title,
        ...drawn,
        ...(filter ? [`Filter of the table: ${filter}`] : []),
        ...runs.map(({ run }) => `Run ${run}`),
      ]}
      metadata={() => ({ runs: runs.map(({ run }) => run), groups: shown.groups.map(({ key }) => key) })}
      tables={[{ id: "curves", title: l10n.t("Curves"), rows: () => curveRows(runs) }]}
      caption={{ title, notes: drawn }}
    />
  );
}

/** A row per run, quantity and point, without smoothing. */
function curveRows(runs: readonly RunRow[]): Row[] {
  return runs.flatMap(({ run, name }) => {
    const curves = told.state.curves.get(run);
    if (!curves) return [];
    return QUANTITIES.flatMap((quantity) => {
      const { steps, values, low, high, seconds }: Curve = curves[quantity];
      return Array.from(steps, (step, i) => ({
        ...{ run, name, quantity, step, seconds: seconds?.[i], value: values[i], low: low?.[i], high: high?.[i] },
      }));
    });
  });
}
