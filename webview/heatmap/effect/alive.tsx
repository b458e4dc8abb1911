// "Is this head dead?": sets the highlighted head's mask to zero and says what becomes of the logits.

import { DEAD, type EffectState, type HeadPlace } from "../../../src/messages/effect.ts";
import { post } from "../../ui/host.ts";
import * as l10n from "../../ui/l10n.ts";
import { grouped } from "../../ui/numbers.ts";
import { useStore } from "../../ui/store.ts";
import { Button } from "../../ui/toolkit.tsx";
import { nameAmongViews } from "../heads.ts";
import { told } from "../state.ts";
import { intervalText, lossText } from "./words.ts";

export function HeadAlive({ layer, head, kind }: HeadPlace) {
  const state = useStore(told, ({ headEffect }) => headEffect);
  const own = state?.head?.layer === layer && state.head.head === head && state.head.kind === kind ? state : undefined;
  const name = nameAmongViews({ layer, head, kind });
  return (
    <>
      <Button
        text={l10n.t("Is {0} dead?", name)}
        disabled={own?.running ?? false}
        onClick={() => post({ type: "measure", change: "zeroed", seconds: 0, head: { layer, head, kind } })}
      />
      <span class="aside" aria-live="polite">
        {own && answerOf(own, name)}
      </span>
    </>
  );
}

function answerOf({ running, effects, failed }: EffectState, name: string): string {
  if (failed) return failed;
  const measured = effects?.parts[0]?.measured;
  if (!measured) return running ? l10n.t("Setting its mask to zero…") : "";
  const { logits, loss } = measured;
  const examples = grouped(effects.examples);
  return logits <= DEAD
    ? l10n.t(
        "{0} is dead: with all its masked weights set to zero, no logit of {1} validation examples changes by more than {2}.",
        name,
        examples,
        DEAD,
      )
    : l10n.t(
        "{0} is not dead: with all its masked weights set to zero, a logit changes by up to {1} on {2} validation examples, and the loss by {3}.",
        ...[name, logits.toPrecision(2), examples, intervalText(loss, lossText)],
      );
}
