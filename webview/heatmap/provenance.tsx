// The provenance of a mask: its metadata and the command to train it again.

import type { MaskDescription } from "../../src/mask/describe.ts";
import { el } from "../ui/dom.ts";
import { fold } from "../ui/fold.ts";
import { post, t } from "../ui/host.ts";
import { grouped, percent, range } from "../ui/numbers.ts";
import { heading } from "../ui/parts.ts";
import { button } from "../ui/toolkit.ts";
import { commandOf } from "./command.ts";
import { told } from "./state.ts";

export function provenanceTab(mask: MaskDescription): Node[] {
  const { metadata } = told.described!;
  const json = JSON.stringify(metadata, null, 2);
  const command = commandOf(metadata);
  const { base, task, seeds, initial, training } = metadata;
  const facts: [string, string][] = [
    [t("file"), mask.file],
    [t("written by"), metadata.tool],
    [t("base model"), [base.id, base.modelType, base.path ?? ""].filter(Boolean).join(" · ")],
    [t("base fingerprint"), base.fingerprint],
    [t("task"), `${task.name} · ${task.kind} · ${task.metric} · ${task.labels.join(", ")}`],
    ...Object.entries(task.dataSha256).map(([split, hash]): [string, string] => [t("{0} data", split), hash]),
    [
      t("seeds"),
      Object.entries(seeds)
        .map(([name, seed]) => `${name} ${seed}`)
        .join(", "),
    ],
    [
      t("initial scores"),
      initial
        ? `${initial.kind}, ${initial.generator}, [${initial.low}, ${initial.high}), ${t("kept above {0}", initial.threshold)}`
        : t("unknown"),
    ],
    [t("training"), t("{0} steps, best at {1}", training.steps, training.bestStep ?? training.steps)],
    ...Object.entries(metadata.metrics).flatMap(([split, metrics]) =>
      Object.entries(metrics ?? {}).map(([metric, score]): [string, string] => [
        `${split} ${metric}`,
        typeof score === "object" ? `${percent(score.value)} % (${score.reason ?? range(score)})` : grouped(score),
      ]),
    ),
    [t("checksum"), metadata.checksum],
  ];
  return [
    heading(t("Command to train this mask again")),
    el("pre", { tabIndex: 0 }, command),
    el(
      "div",
      { className: "row" },
      copyButton(t("Copy the command"), command),
      copyButton(t("Copy all metadata"), json),
    ),
    heading(t("Metadata")),
    el(
      "table",
      { className: "facts" },
      ...facts.map(([name, value]) => el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, value))),
    ),
    fold("json", t("All metadata as JSON"), el("pre", { tabIndex: 0 }, json)),
  ];
}

/** Shows "Copied" briefly after a click. */
function copyButton(title: string, text: string): HTMLElement {
  const copy = button(title, () => {
    post({ type: "copy", text });
    copy.textContent = t("Copied");
    window.setTimeout(() => {
      copy.textContent = title;
    }, 1500);
  });
  return copy;
}
