// The results of a study by group: the mean over seeds, and how much they vary.

import type { Group } from "../../src/messages/study.ts";
import * as l10n from "../ui/l10n.ts";
import { isShare, metricName, percent, signOf, valueText } from "../ui/numbers.ts";
import { Heading, Hint } from "../ui/parts.tsx";
import { NumbersTable } from "../ui/table.tsx";
import { named } from "../ui/text.ts";

/** The maximum number of groups to list. */
const MOST = 500;

export function Groups({ groups }: { readonly groups: readonly Group[] }) {
  const finished = groups.filter(({ validation }) => validation);
  if (!finished.length) return null;
  const several = (value: (group: Group) => string) => groups.some((group) => value(group) !== value(groups[0]!));
  const [models, tasks] = [several(({ model }) => model), several(({ task }) => task)];
  const options = [...new Set(finished.flatMap((group) => Object.keys(group.options)))];
  const areShares = finished.every(({ metric }) => isShare(metric));
  const spread = (value: Group["validation"], metric?: string | null) =>
    `${spreadText(value, metric)}${value && !areShares ? signOf(metric) : ""}`;
  const rows = finished
    .slice(0, MOST)
    .map((group) => [
      ...(models ? [shortName(group.model)] : []),
      ...(tasks ? [shortName(group.task)] : []),
      group.method,
      ...options.map((name) => named(String(group.options[name] ?? "–"))),
      l10n.t("{0} of {1}", group.validation!.n, group.cells.length),
      group.metric === null ? "–" : metricName(group.metric),
      ...[spread(group.validation, group.metric), spread(group.test, group.metric), spreadText(group.sparsity)],
      group.trained ? percent(group.trained.mean, 2) : "–",
    ]);
  const header = [
    ...(models ? [l10n.t("base model")] : []),
    ...(tasks ? [l10n.t("task")] : []),
    ...[l10n.t("method"), ...options.map(titleOf), l10n.t("seeds"), l10n.t("metric")],
    ...(areShares ? [l10n.t("validation, %"), l10n.t("test, %")] : [l10n.t("validation"), l10n.t("test")]),
    l10n.t("sparsity, %"),
    l10n.t("trained, %"),
  ];
  const left = finished.length - rows.length;
  return (
    <section>
      <Heading title={l10n.t("Groups")} aside={l10n.t("cells that differ only in their seeds")} />
      <NumbersTable sorts caption={l10n.t("Groups")} header={header} rows={rows} />
      <Hint>
        {l10n.t(
          "Mean ± sample standard deviation over the finished seeds of each group. It shows how much runs vary with the seed; it is not an interval.",
        )}{" "}
        {left > 0 && l10n.t("And {0} more groups; masklens info shows all.", left)}
      </Hint>
    </section>
  );
}

/** The column of the result is called sparsity, too. */
const titleOf = (option: string): string => (option === "sparsity" ? l10n.t("initial sparsity") : named(option));

/** "models/bert" as "bert", "sst2.task.json" as "sst2". */
const shortName = (file: string): string =>
  named(
    file
      .split(/[/\\]/)
      .at(-1)!
      .replace(/\.task\.json$/, ""),
  );

/** "88.2 ± 0.4"; without a deviation if there is only one value. */
function spreadText(value: Group["validation"], metric?: string | null): string {
  if (!value) return "–";
  const of = (one: number) => valueText(metric, one);
  return value.deviation === null ? of(value.mean) : `${of(value.mean)} ± ${of(value.deviation)}`;
}
