// Generated texts on the Try Text page: each text with what every mask generates for it, side by side.

import { adaptationName } from "../../src/file-name.ts";
import type { LoadedMask } from "../../src/messages/try.ts";
import { Fold } from "../ui/fold.tsx";
import * as l10n from "../ui/l10n.ts";
import { grouped } from "../ui/numbers.ts";
import { Failure, Heading, Hint, TaskBeside, useWhole } from "../ui/parts.tsx";
import { useStore } from "../ui/store.ts";
import { named, shortened } from "../ui/text.ts";
import { type Growing, generation, placeOf } from "./generation-state.ts";
import { finishText, likelihoodText } from "./generation-words.ts";

export function Generated({ masks }: { readonly masks: readonly LoadedMask[] }) {
  const { texts, adaptations, grown, busy, failed } = useStore(generation, (state) => state);
  return (
    <>
      {failed && <Failure message={failed} />}
      <div aria-live="polite" aria-busy={busy}>
        {texts.map((text, i) => (
          <section key={i}>
            <Heading title={l10n.t("“{0}”", shortened(text))} />
            <div class="cards">
              {adaptations.map((adaptation) => (
                <Card
                  key={adaptation}
                  adaptation={adaptation}
                  mask={masks.find((mask) => mask.adaptation === adaptation)}
                  growing={grown[placeOf(i, adaptation)]}
                  busy={busy}
                />
              ))}
            </div>
          </section>
        ))}
      </div>
    </>
  );
}

interface CardProps {
  readonly adaptation: string;
  readonly mask: LoadedMask | undefined;
  readonly growing: Growing | undefined;
  readonly busy: boolean;
}

function Card({ adaptation, mask, growing, busy }: CardProps) {
  const answer = growing?.answer;
  const waiting = busy ? l10n.t("Waiting…") : l10n.t("Not generated.");
  return (
    <section class="answer">
      <h3>
        <strong>{named(mask?.name ?? adaptationName(adaptation))}</strong>
        <TaskBeside file={adaptation} task={mask?.task ?? ""} />
      </h3>
      {growing ? <Text text={growing.text} grows={!answer && busy} /> : <Hint>{waiting}</Hint>}
      {answer && !answer.generated && <Hint>{l10n.t("The generated text is empty.")}</Hint>}
      {answer && <p class="finish">{finishText(answer)}</p>}
      {answer?.cut && <Hint>{l10n.t("The text was too long for the model and was truncated.")}</Hint>}
      {answer && (
        <Fold name="likelihood" summary={readText(answer.promptTokens)}>
          <Hint>{likelihoodText(answer)}</Hint>
          <Hint>
            {l10n.t("There is no evidence for generated texts, because evidence explains a predicted label.")}
          </Hint>
        </Fold>
      )}
    </section>
  );
}

const readText = (tokens: number): string =>
  tokens === 1 ? l10n.t("1 token read") : l10n.t("{0} tokens read", grouped(tokens));

function Text({ text, grows }: { readonly text: string; readonly grows: boolean }) {
  return <div class={grows ? "generated grows" : "generated"} ref={useWhole<HTMLDivElement>(text)} />;
}
