// The provenance of a mask: its metadata and the command to train it again.

import { useLayoutEffect, useState } from "preact/hooks";
import { Fold } from "../ui/fold.tsx";
import { post } from "../ui/host.ts";
import * as l10n from "../ui/l10n.ts";
import { grouped, percent, range } from "../ui/numbers.ts";
import { Heading, Preformatted } from "../ui/parts.tsx";
import { Button } from "../ui/toolkit.tsx";
import { commandOf } from "./command.ts";
import type { Described } from "./state.ts";

export function ProvenanceTab({ subject: { description, metadata } }: { readonly subject: Described }) {
  const json = JSON.stringify(metadata, null, 2);
  const command = commandOf(metadata);
  const { base, task, seeds, initial, training } = metadata;
  const facts: [string, string][] = [
    [l10n.t("file"), description.file],
    [l10n.t("written by"), metadata.tool],
    [l10n.t("base model"), [base.id, base.modelType, base.path ?? ""].filter(Boolean).join(" · ")],
    [l10n.t("base fingerprint"), base.fingerprint],
    [l10n.t("task"), `${task.name} · ${task.kind} · ${task.metric} · ${task.labels.join(", ")}`],
    ...Object.entries(task.dataSha256).map(([split, hash]): [string, string] => [l10n.t("{0} data", split), hash]),
    [
      l10n.t("seeds"),
      Object.entries(seeds)
        .map(([name, seed]) => `${name} ${seed}`)
        .join(", "),
    ],
    [
      l10n.t("initial scores"),
      initial
        ? `${initial.kind}, ${initial.generator}, [${initial.low}, ${initial.high}), ${l10n.t("kept above {0}", initial.threshold)}`
        : l10n.t("unknown"),
    ],
    [l10n.t("training"), l10n.t("{0} steps, best at step {1}", training.steps, training.bestStep ?? training.steps)],
    ...Object.entries(metadata.metrics).flatMap(([split, metrics]) =>
      Object.entries(metrics ?? {}).map(([metric, score]): [string, string] => [
        `${split} ${metric}`,
        typeof score === "object" ? `${percent(score.value)} % (${score.reason ?? range(score)})` : grouped(score),
      ]),
    ),
    [l10n.t("checksum"), metadata.checksum],
  ];
  return (
    <>
      <Heading title={l10n.t("Command to train this mask again")} />
      <Preformatted text={command} />
      <div class="row">
        <CopyButton title={l10n.t("Copy the command")} text={command} />
        <CopyButton title={l10n.t("Copy all metadata")} text={json} />
      </div>
      <Heading title={l10n.t("Metadata")} />
      <table class="facts">
        <tbody>
          {facts.map(([name, value], i) => (
            <tr key={i}>
              <th scope="row">{name}</th>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Fold name="json" summary={l10n.t("All metadata as JSON")}>
        <Preformatted text={json} />
      </Fold>
    </>
  );
}

/** How long a button says "Copied", in milliseconds. */
const COPIED = 1500;

function CopyButton({ title, text }: { readonly title: string; readonly text: string }) {
  const [copied, setCopied] = useState(0);
  useLayoutEffect(() => {
    const timer = window.setTimeout(() => setCopied(0), COPIED);
    return () => window.clearTimeout(timer);
  }, [copied]);
  const copy = () => {
    post({ type: "copy", text });
    setCopied(copied + 1);
  };
  return <Button text={copied ? l10n.t("Copied") : title} onClick={copy} />;
}
