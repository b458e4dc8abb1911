// One example: its texts, its labels, and every adaptation's predictions and probabilities.

import { useLayoutEffect } from "preact/hooks";
import type { ExampleLine } from "../../../src/messages/evaluation.ts";
import { post } from "../../ui/host.ts";
import * as l10n from "../../ui/l10n.ts";
import { fixed, percent } from "../../ui/numbers.ts";
import { Heading, Hint } from "../../ui/parts.tsx";
import { useStore } from "../../ui/store.ts";
import { NumbersTable } from "../../ui/table.tsx";
import { attributeText, named } from "../../ui/text.ts";
import { Button } from "../../ui/toolkit.tsx";
import { lineKey, type Subject, told, type View, wantLines } from "../state.ts";
import { nameOf } from "../words.ts";
import { fieldsOf } from "./texts.ts";

interface ExampleProps {
  readonly subject: Subject;
  readonly example: number;
}

export function Example({ subject: { views, view }, example }: ExampleProps) {
  const lines = useStore(told, (state) => state.lines);
  const own = lines.get(lineKey(view.index, example));
  const all = views.map(({ index }) => lines.get(lineKey(index, example)));
  const isMissing = all.some((line) => !line);
  useLayoutEffect(() => {
    for (const { index } of views) wantLines(index, [example]);
  }, [views.length, view.task.file, example, isMissing]);
  if (!own || isMissing) return <Hint>{l10n.t("Reading the example…")}</Hint>;
  const known = all as ExampleLine[];
  return (
    <section class="example" aria-live="polite">
      <Heading title={l10n.t("Example {0}", example)} aside={l10n.t("its place in the split, from 0")} />
      <Texts line={own} />
      <Attributes line={own} />
      <OpenInTry view={view} views={views} line={own} />
      {Array.isArray(own.label) ? <Units lines={known} views={views} /> : <Probabilities lines={known} views={views} />}
    </section>
  );
}

function Texts({ line }: { readonly line: ExampleLine }) {
  const { text, textPair, choices = [] } = fieldsOf(line);
  return (
    <>
      {[text, textPair].map((one, i) => one !== undefined && <blockquote key={i}>{one}</blockquote>)}
      {choices.length > 0 && (
        <ol start={0}>
          {choices.map((choice, i) => (
            <li key={i}>{choice}</li>
          ))}
        </ol>
      )}
    </>
  );
}

/** Renders nothing if the task has no attributes. */
function Attributes({ line: { attributes = {} } }: { readonly line: ExampleLine }) {
  const all = Object.entries(attributes).map(([name, values]) => attributeText(name, values));
  return all.length > 0 && <Hint>{l10n.t("Attributes: {0}.", all.join("; "))}</Hint>;
}

/** Only single texts and pairs can be typed there. */
function OpenInTry({
  view,
  views,
  line,
}: {
  readonly view: View;
  readonly views: readonly View[];
  readonly line: ExampleLine;
}) {
  const { text, textPair } = fieldsOf(line);
  if (view.task.kind !== "sentence" && view.task.kind !== "pair")
    return (
      <Hint>{l10n.t("Try Text takes single texts and pairs of texts, so this example cannot be opened there.")}</Hint>
    );
  // A line of Try Text is one text, or two separated by a tab.
  const typed = [text, textPair].flatMap((one) => (one === undefined ? [] : [one.replace(/\s+/g, " ")])).join("\t");
  const adaptations = views.map(({ index }) => index);
  const { attributes = {} } = line;
  const open = () => post({ type: "tryText", text: typed, attributes, adaptations });
  return (
    <div class="row">
      <Button text={l10n.t("Open in Try Text")} onClick={open} />
    </div>
  );
}

interface LinesProps {
  readonly lines: readonly ExampleLine[];
  readonly views: readonly View[];
}

/** The probabilities of an example with one label; the label of the example first. */
function Probabilities({ lines, views }: LinesProps) {
  const label = lines[0]!.label as string;
  const names = [...new Set([label, ...lines.flatMap(({ probabilities }) => Object.keys(probabilities))])];
  const all = views[0]!.details.labels.length;
  return (
    <>
      <NumbersTable
        caption={l10n.t("Predictions for the example")}
        header={["", ...views.map(nameOf)]}
        rows={[
          [
            l10n.t("prediction"),
            ...lines.map(({ prediction }) => `${prediction === label ? "✓" : "✗"} ${named(String(prediction))}`),
          ],
          [l10n.t("loss"), ...lines.map(({ loss }) => (loss === null ? "–" : fixed(loss, 3)))],
          ...names.map((name) => [
            name === label
              ? l10n.t("probability of {0} (the label), %", named(name))
              : l10n.t("probability of {0}, %", named(name)),
            ...lines.map(({ probabilities }) => {
              const share = Object.hasOwn(probabilities, name) ? probabilities[name] : undefined;
              return typeof share === "number" ? percent(share) : "–";
            }),
          ]),
        ]}
      />
      {names.length < all && <Hint>{l10n.t("Only the most probable of the {0} labels are listed.", all)}</Hint>}
    </>
  );
}

/** The words of a sentence or the sentences of a document, with their labels and predictions. */
function Units({ lines, views }: LinesProps) {
  const [first] = lines;
  const { words, sentences } = fieldsOf(first!);
  const labels = first!.label as readonly string[];
  return (
    <NumbersTable
      caption={l10n.t("Predictions for the example")}
      header={[
        words ? l10n.t("word") : l10n.t("sentence"),
        l10n.t("label"),
        ...views.flatMap((view) => [nameOf(view), l10n.t("loss")]),
      ]}
      rows={(words ?? sentences ?? []).map((text, i) => [
        ...[text, named(labels[i]!)],
        ...lines.flatMap(({ prediction, losses }) => {
          const own = (prediction as readonly (string | null)[])[i] ?? null;
          const loss = losses?.[i];
          const mark = own === labels[i] ? "✓" : "✗";
          return [
            own === null ? l10n.t("no prediction") : `${mark} ${named(own)}`,
            typeof loss === "number" ? fixed(loss, 3) : "–",
          ];
        }),
      ])}
    />
  );
}
