// The Try Text page: sends the typed texts to every loaded mask and shows what they predict and generate side by side.

import { useEffect } from "preact/hooks";
import { adaptationName, nameWithTask } from "../../src/file-name.ts";
import type { LoadedMask, Piece, Prediction, ToTry } from "../../src/messages/try.ts";
import { Fold } from "../ui/fold.tsx";
import { post } from "../ui/host.ts";
import * as l10n from "../ui/l10n.ts";
import { bytes, percent } from "../ui/numbers.ts";
import { Heading, Hint, TaskBeside } from "../ui/parts.tsx";
import { showPage } from "../ui/show-page.tsx";
import { useStore } from "../ui/store.ts";
import { named, shortened } from "../ui/text.ts";
import { Button, TextArea } from "../ui/toolkit.tsx";
import { AttributeFields, AttributesUsed } from "./attributes.tsx";
import { EvidenceOf } from "./evidence.tsx";
import { Generated } from "./generated.tsx";
import { GenerationControls, generateWith } from "./generation-controls.tsx";
import { stopGenerating } from "./generation-state.ts";
import { SaveResults } from "./save-results.tsx";
import { saved } from "./saved.ts";
import { hear, told, type } from "./state.ts";

showPage<ToTry>(<TryPage />, hear);

function TryPage() {
  const { text } = useStore(saved, (state) => state);
  const { facts, answered, busy, failed } = useStore(told, (state) => state);
  const isLoaded = facts !== undefined && facts.masks.length > 0;
  const masks = facts?.masks ?? [];
  const generators = masks.filter(({ generation }) => generation);
  const classifies = generators.length < masks.length;
  useGenerationKeys(generators);
  return (
    <>
      <h1>{l10n.t("Try Text")}</h1>
      <div class="aside">{isLoaded ? masksText(facts.masks) : facts && <NoMask />}</div>
      <TextArea label={labelFor(masks)} value={text} onInput={type} focused />
      <AttributeFields masks={masks} />
      {generators.length > 0 && <GenerationControls masks={generators} />}
      <div role="alert">{failed && <div class="error">{failed}</div>}</div>
      <div class="answers" aria-live="polite" aria-busy={busy}>
        {classifies && !busy && !answered.answers.length && (
          <Hint>{l10n.t("Type a text to see the prediction of each loaded mask.")}</Hint>
        )}
        <Answers {...answered} />
      </div>
      <Generated masks={masks} />
      <SaveResults {...answered} loaded={masks} />
      <p class="hint">{isLoaded && memoryText(facts)}</p>
    </>
  );
}

/** What a line is for the loaded masks. */
function labelFor(masks: readonly LoadedMask[]): string {
  const [first] = masks;
  const areAll = (is: (mask: LoadedMask) => boolean) => first && masks.every(is);
  if (areAll(({ kind }) => kind === "language")) return l10n.t("One text to continue per line");
  if (areAll(({ generation }) => generation?.isChat === true)) return l10n.t("One message per line");
  if (areAll(({ kind }) => kind === "generation")) return l10n.t("One source per line");
  if (areAll(({ generation }) => generation !== null)) return l10n.t("One text to continue or source per line");
  return l10n.t("One text per line; for pair tasks, separate the two texts with a tab");
}

/** Ctrl+Enter (on a Mac, also ⌘ Enter) generates, Escape stops. */
function useGenerationKeys(generators: readonly LoadedMask[]): void {
  useEffect(() => {
    const press = ({ key, ctrlKey, metaKey }: KeyboardEvent) => {
      if (key === "Escape") stopGenerating();
      if (key === "Enter" && (ctrlKey || metaKey)) generateWith(generators);
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  });
}

function masksText(masks: readonly LoadedMask[]): string {
  const bases = [...new Set(masks.map(({ base }) => named(base)))].join(", ");
  return l10n.t(
    "{0} over {1}",
    masks.map((mask) => named(nameWithTask(mask.name, mask.adaptation, mask.task))).join(", "),
    bases,
  );
}

/** Offers to load the previous masks, or others. */
function NoMask() {
  const before = useStore(saved, ({ loaded }) => loaded);
  const adaptations = before.map(({ adaptation }) => adaptation);
  const names = before.map(({ adaptation, task }) => named(nameWithTask(adaptationName(adaptation), adaptation, task)));
  const again = l10n.t("Reload {0}", names.join(", "));
  return (
    <>
      <p>{l10n.t("No mask is loaded. Load one first.")}</p>
      <div class="row">
        {before.length > 0 && (
          <Button key="again" primary text={again} onClick={() => post({ type: "load", adaptations })} />
        )}
        <Button
          key="other"
          primary={!before.length}
          text={l10n.t("Load Mask…")}
          onClick={() => post({ type: "load", adaptations: [] })}
        />
      </div>
    </>
  );
}

function memoryText({ masks, baseBytes, copiesBytes }: ToTry & { type: "loaded" }): string {
  const own = masks.reduce((sum, mask) => sum + mask.bytes, 0);
  return l10n.t(
    "In memory: {0} loaded ({1}), over one copy of each base model's weights ({2}). A separate copy for each mask would take {3}.",
    ...[masks.length, bytes(own), bytes(baseBytes), bytes(copiesBytes)],
  );
}

/** Each text, with the masks' predictions side by side below it. */
function Answers({
  masks,
  answers,
}: {
  readonly masks: readonly LoadedMask[];
  readonly answers: readonly Prediction[];
}) {
  return answers.map(({ text }, i) => {
    if (i % masks.length) return null;
    return (
      <section key={i}>
        <Heading title={l10n.t("“{0}”", shortened(text))} />
        <div class="cards">
          {answers.slice(i, i + masks.length).map((answer, column) => (
            <Answer
              key={answer.adaptation}
              id={`evidence-${i + column}`}
              answer={answer}
              mask={masks.find(({ adaptation }) => adaptation === answer.adaptation)}
            />
          ))}
        </div>
      </section>
    );
  });
}

interface AnswerProps {
  readonly id: string;
  readonly answer: Prediction;
  readonly mask: LoadedMask | undefined;
}

function Answer({ id, answer, mask }: AnswerProps) {
  const shares = Object.entries(answer.probabilities).sort(([, a], [, b]) => b - a);
  return (
    <section class="answer">
      <h3>
        <strong>{named(mask?.name ?? adaptationName(answer.adaptation))}</strong>
        <TaskBeside file={answer.adaptation} task={mask?.task ?? ""} />
      </h3>
      {shares.map(([name, share]) => (
        <Share key={name} name={name} share={share} isAnswer={name === answer.label} />
      ))}
      <AttributesUsed mask={mask} answer={answer} />
      <Pieces pieces={answer.pieces} />
      <EvidenceOf id={id} answer={answer} />
    </section>
  );
}

/** The tokens that the model saw, then the truncated tokens: struck through, and described for screen readers. */
function Pieces({ pieces }: { readonly pieces: readonly Piece[] }) {
  const used = pieces.filter(({ entered }) => entered).length;
  const cut = pieces.length - used;
  return (
    <Fold
      name="pieces"
      summary={cut ? l10n.t("{0} tokens used, {1} truncated", used, cut) : l10n.t("{0} tokens used", used)}
    >
      <ul class="pieces">
        {pieces.map(({ text, entered }, i) => (
          <li key={i} class="piece">
            {entered ? (
              text
            ) : (
              <del>
                {text}
                <span class="visually-hidden">{l10n.t("(truncated)")}</span>
              </del>
            )}
          </li>
        ))}
      </ul>
    </Fold>
  );
}

function Share({
  name,
  share,
  isAnswer,
}: {
  readonly name: string;
  readonly share: number;
  readonly isAnswer: boolean;
}) {
  return (
    <div class="share">
      {isAnswer ? <strong>{named(name)}</strong> : <span>{named(name)}</span>}
      <div class="track" aria-hidden="true">
        <div class="fill" style={{ width: `${100 * share}%` }} />
      </div>
      <span class="number">{percent(share)} %</span>
    </div>
  );
}
