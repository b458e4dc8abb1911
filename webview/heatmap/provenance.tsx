// The provenance of a mask: its metadata and the command to train it again.

import { useLayoutEffect } from "preact/hooks";
import type { MaskMetadata, Packed } from "../../src/mask/metadata.ts";
import type { MaskPlaces } from "../../src/messages.ts";
import { visible } from "../../src/visible.ts";
import { copyText } from "../ui/announce.tsx";
import { Fold } from "../ui/fold.tsx";
import * as l10n from "../ui/l10n.ts";
import { grouped, metricName, metricRange, signOf, valueText } from "../ui/numbers.ts";
import { Heading, Hint, Preformatted } from "../ui/parts.tsx";
import { useStore } from "../ui/store.ts";
import { named } from "../ui/text.ts";
import { Button } from "../ui/toolkit.tsx";
import { addedFacts } from "./added.ts";
import { commandOf } from "./command.ts";
import { NumpyButton } from "./numpy.tsx";
import { type Described, needPlaces, told } from "./state.ts";

/** The most characters of an import's sentences. */
const MOST_SHOWN = 5000;

export function ProvenanceTab({ subject }: { readonly subject: Described }) {
  useLayoutEffect(needPlaces, []);
  const { description, metadata } = subject;
  const places = useStore(told, (state) => state.places);
  const json = JSON.stringify(metadata, null, 2);
  const command = commandOf(description.file, metadata, places);
  const { base, task, seeds, training, combined, imported } = metadata;
  const facts: [string, string][] = [
    [l10n.t("file"), description.file],
    ...packedFact(description.packed),
    [l10n.t("written by"), metadata.tool],
    [l10n.t("base model"), [base.id, base.modelType, base.path ?? ""].filter(Boolean).join(" · ")],
    [l10n.t("base fingerprint"), base.fingerprint],
    [l10n.t("task"), [task.name, task.kind, task.metric, task.labels.join(", ")].filter(Boolean).join(" · ")],
    ...Object.entries(task.dataSha256).map(([split, hash]): [string, string] => [l10n.t("{0} data", split), hash]),
    [
      l10n.t("seeds"),
      Object.entries(seeds)
        .map(([name, seed]) => `${name} ${seed}`)
        .join(", ") || l10n.t("unknown"),
    ],
    [l10n.t("initial scores"), initialText(subject)],
    ...addedFacts(description.added),
    ...(combined
      ? [
          [
            l10n.t("combined from"),
            `${combined.operation}: ${combined.masks.map((mask) => `${mask.name} (${mask.task}, ${mask.checksum.slice(0, 12)}…)`).join(", ")}`,
          ] satisfies [string, string],
        ]
      : []),
    ...(imported
      ? [
          [l10n.t("imported from"), `${named(imported.file)}: ${named(imported.format)}`],
          [l10n.t("read from the file"), visible(imported.known.join(" "), MOST_SHOWN)],
          [l10n.t("taken for granted"), visible(imported.assumed.join(" "), MOST_SHOWN)],
        ].map((row) => row as [string, string])
      : []),
    ...(combined || imported
      ? []
      : [
          [
            l10n.t("training"),
            l10n.t("{0} steps, best at step {1}", training.steps, training.bestStep ?? training.steps),
          ] satisfies [string, string],
        ]),
    ...Object.entries(metadata.metrics).flatMap(([split, metrics]) =>
      Object.entries(metrics ?? {}).map(([metric, score]): [string, string] => [
        `${split} ${metricName(metric)}`,
        typeof score === "object"
          ? `${valueText(metric, score.value)}${signOf(metric)} (${score.reason ?? metricRange(metric, score)})`
          : grouped(score),
      ]),
    ),
    [l10n.t("checksum"), metadata.checksum],
  ];
  return (
    <>
      <Heading title={againTitle(metadata)} />
      <Hint>
        <span aria-live="polite">{hintOf(metadata, places)}</span>
      </Hint>
      <Preformatted text={command} />
      <div class="row">
        <Button text={l10n.t("Copy the command")} onClick={() => copyText(command, l10n.t("Copied the command"))} />
        <Button text={l10n.t("Copy all metadata")} onClick={() => copyText(json, l10n.t("Copied all metadata"))} />
        <NumpyButton subject={subject} of="mask" />
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

function initialText({ description: { units }, metadata: { initial, run } }: Described): string {
  if (units) return l10n.t("of whole heads and neurons: {0}", named(String(run.initialMask ?? l10n.t("unknown"))));
  return initial
    ? `${initial.kind}, ${initial.generator}, [${initial.low}, ${initial.high}), ${l10n.t("kept above {0}", initial.threshold)}`
    : l10n.t("unknown");
}

function againTitle({ combined, imported }: MaskMetadata): string {
  if (combined) return l10n.t("Command to combine this mask again");
  return imported ? l10n.t("Command to import this mask again") : l10n.t("Command to train this mask again");
}

function hintOf(metadata: MaskMetadata, places: MaskPlaces | undefined): string {
  const { combined, imported } = metadata;
  if (combined) return l10n.t("Run it where these masks are, or write their paths.");
  return imported
    ? l10n.t("Run it where {0} is, or write its path.", named(imported.file))
    : placesText(metadata, places);
}

/** Says whether the command's paths were found on this machine or come from the file. */
function placesText({ base, task }: MaskMetadata, places: MaskPlaces | undefined): string {
  if (!places) return l10n.t("Searching the known model folders and tasks…");
  if (!places.areSearched)
    return l10n.t(
      "The paths are those recorded in the file: in an untrusted workspace the base model and the task are not searched for.",
    );
  const model = named(base.id);
  const missing = [
    places.model === null
      ? l10n.t(
          "The base model {0} was not found in the known model folders, so the command uses the path recorded in the file. Add the model's folder with Add Model Folder…, then reopen the mask.",
          model,
        )
      : "",
    places.task === null
      ? l10n.t(
          "No task {0} with the same data was found in this workspace, so the command uses the path recorded in the file.",
          named(task.name),
        )
      : "",
  ].filter(Boolean);
  return missing.length
    ? missing.join(" ")
    : l10n.t(
        "The base model {0} and the task {1} were found on this machine; the command uses their paths here.",
        model,
        named(task.name),
      );
}

function packedFact(packed: Packed | null): [string, string][] {
  if (!packed) return [];
  const needs =
    packed.base === null ? l10n.t("needs nothing else to be read") : l10n.t("needs its base model to be read");
  return [[l10n.t("packed"), needs]];
}
