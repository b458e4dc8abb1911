// How far the mask's linear attention is from attention by softmax: by layer and head, before and after training.

import { adaptationName } from "../../../src/file-name.ts";
import { type AttentionDivergence, meanOf } from "../../../src/messages/attention.ts";
import { MatrixDetail, useDetail } from "../../draw/detail.tsx";
import { ExportRow } from "../../draw/exports/exports.tsx";
import { rowOf } from "../../draw/exports/save.ts";
import { headName } from "../../draw/layers.ts";
import { post } from "../../ui/host.ts";
import * as l10n from "../../ui/l10n.ts";
import { grouped, signed } from "../../ui/numbers.ts";
import { Failure, Heading, Hint } from "../../ui/parts.tsx";
import { useStore } from "../../ui/store.ts";
import { CopyHint, NumbersTable } from "../../ui/table.tsx";
import { named } from "../../ui/text.ts";
import { Button } from "../../ui/toolkit.tsx";
import { captionOf, metadataOf, provenanceOf } from "../export.tsx";
import { type Described, told } from "../state.ts";
import { AttentionFigures } from "./figures.tsx";
import { type HeadDivergence, headsOf, nats, opensIn } from "./heads.ts";

export function AttentionTab({ subject }: { readonly subject: Described }) {
  const state = useStore(told, ({ attention }) => attention);
  const found = state?.found;
  return (
    <>
      <div class="row">
        {state?.running ? (
          <Button key="stop" text={l10n.t("Stop")} onClick={() => post({ type: "stopAttention" })} />
        ) : (
          <Button
            key="compare"
            primary
            text={l10n.t("Compare with softmax")}
            onClick={() => post({ type: "attention" })}
          />
        )}
      </div>
      {state?.running && <Hint>{l10n.t("Comparing the attention of each head on validation examples…")}</Hint>}
      {state?.failed && <Failure message={state.failed} />}
      {found ? <Results subject={subject} found={found} /> : !state?.running && <Explained />}
    </>
  );
}

const Explained = () => (
  <Hint>
    {l10n.t(
      "This mask was trained with linear attention: products of features of queries and keys instead of their softmax. This tab says how far each head's attention is from what softmax gives for the same queries and keys, before and after training.",
    )}
  </Hint>
);

function Results({ subject, found }: { readonly subject: Described; readonly found: AttentionDivergence }) {
  const detail = useDetail();
  const heads = headsOf(found);
  return (
    <>
      <p>{sentenceOf(found)}</p>
      <Hint>{comparedWith()}</Hint>
      <AttentionFigures mask={subject.description} heads={heads} detail={detail} />
      <MatrixDetail detail={detail} />
      <Heads subject={subject} heads={heads} />
      <ExportRow
        caption={captionOf(
          subject,
          l10n.t("divergence of linear attention from softmax"),
          sentenceOf(found),
          comparedWith(),
        )}
        tables={[
          {
            id: "attention",
            title: l10n.t("Attention heads"),
            rows: () => heads.map(({ layer, head, before, after }) => rowOf({ layer, head, before, after })),
          },
        ]}
        metadata={() => ({ ...metadataOf(subject), attention: factsOf(found) })}
        provenance={() => [...provenanceOf(subject), sentenceOf(found), comparedWith()]}
        name={adaptationName(found.adaptation)}
      />
    </>
  );
}

/** What was measured, on what, and the means. */
function sentenceOf({ examples, seed, task, tokens, decoderTokens, map, before, after }: AttentionDivergence): string {
  const read =
    decoderTokens === undefined
      ? l10n.t(
          "{0} validation examples of {1}, drawn with seed {2}: {3} tokens.",
          ...[grouped(examples), named(task.name), seed, grouped(tokens)],
        )
      : l10n.t(
          "{0} validation examples of {1}, drawn with seed {2}: {3} tokens in the encoder, {4} in the decoder.",
          ...[grouped(examples), named(task.name), seed, grouped(tokens), grouped(decoderTokens)],
        );
  const means = l10n.t(
    "KL(softmax ‖ linear attention), feature map {0}, mean over all heads: {1} nats before training, {2} after.",
    ...[map, nats(meanOf(before)), nats(meanOf(after))],
  );
  return `${means} ${read}`;
}

const comparedWith = (): string =>
  l10n.t(
    "Compared with softmax over the same queries and keys, the mean over tokens; 0: equal. Before: the base model's weights, with the feature maps as they were initialized. After: the mask's weights and its trained maps. Each layer reads what the layers below compute with softmax.",
  );

function Heads({ subject, heads }: { readonly subject: Described; readonly heads: readonly HeadDivergence[] }) {
  const order = [...heads].sort((a, b) => b.after - a.after);
  const opens = opensIn(subject.description);
  const header = [l10n.t("head"), l10n.t("before\ntraining"), l10n.t("after\ntraining"), l10n.t("change")];
  const rowFor = ({ before, after, ...head }: HeadDivergence) => [
    headName(head),
    ...[nats(before), nats(after), signed(after - before, 3)],
  ];
  return (
    <>
      <CopyHint />
      <Heading title={l10n.t("By head")} aside={l10n.t("in nats; those furthest from softmax after training first")} />
      <NumbersTable
        {...{ sorts: true, caption: l10n.t("By head"), header, rows: order.map(rowFor) }}
        onOpen={(row) => opens(order[row]!)?.()}
      />
    </>
  );
}

function factsOf({ task, split, examples, seed, tokens, decoderTokens, map }: AttentionDivergence) {
  return { task, split, examples, seed, tokens, ...(decoderTokens !== undefined && { decoderTokens }), map };
}
