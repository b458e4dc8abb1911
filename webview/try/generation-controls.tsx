// The button that generates and stops, and the settings of generation.

import type { LoadedMask } from "../../src/messages/try.ts";
import { Fold } from "../ui/fold.tsx";
import * as l10n from "../ui/l10n.ts";
import { Hint } from "../ui/parts.tsx";
import { useStore } from "../ui/store.ts";
import { Button, Dropdown, NumberField, TextArea } from "../ui/toolkit.tsx";
import { generate, generation, stopGenerating } from "./generation-state.ts";
import { lengthText, methodText } from "./generation-words.ts";
import { type Method, type Settings, saved } from "./saved.ts";
import { typed } from "./state.ts";

/** `masks`: those that generate. */
export function GenerationControls({ masks }: { readonly masks: readonly LoadedMask[] }) {
  const { busy, adaptations, texts, grown } = useStore(generation, (state) => state);
  const hasText = useStore(saved, ({ text }) => Boolean(text.trim()));
  const all = texts.length * adaptations.length;
  const done = Object.values(grown).filter((one) => one?.answer).length;
  const perform = () => (busy ? stopGenerating() : generateWith(masks));
  return (
    <>
      <div class="row">
        <Button
          primary
          text={busy ? l10n.t("Stop") : l10n.t("Generate")}
          disabled={!busy && !hasText}
          onClick={perform}
        />
        <span class="hint" role="status">
          {busy
            ? l10n.t("Generating text {0} of {1}. Esc stops.", Math.min(done + 1, Math.max(all, 1)), Math.max(all, 1))
            : l10n.t("Ctrl+Enter generates.")}
        </span>
      </div>
      <Fold name="settings" summary={l10n.t("Settings")}>
        <SettingsOf masks={masks} />
      </Fold>
    </>
  );
}

export const generateWith = (masks: readonly LoadedMask[]): void =>
  generate(
    typed(),
    masks.map(({ adaptation }) => adaptation),
  );

/** What the masks' models have in common, or each of what they have. */
const each = (masks: readonly LoadedMask[], textOf: (facts: NonNullable<LoadedMask["generation"]>) => string): string =>
  [...new Set(masks.flatMap(({ generation }) => (generation ? [textOf(generation)] : [])))].join("; ");

function SettingsOf({ masks }: { readonly masks: readonly LoadedMask[] }) {
  const settings = useStore(saved, (state) => state.settings);
  const change = (some: Partial<Settings>) => saved.change({ settings: { ...saved.state.settings, ...some } });
  const { method } = settings;
  const methods: readonly (readonly [Method, string])[] = [
    ["own", l10n.t("As the model's authors set it")],
    ["greedy", l10n.t("Most likely tokens")],
    ["beam", l10n.t("Beam search")],
    ["sample", l10n.t("Sampling")],
  ];
  const draws = method === "sample" || (method === "own" && masks.some((mask) => mask.generation?.settings.sampling));
  const notes = new Set(masks.flatMap((mask) => mask.generation?.notes ?? []));
  /** A field of one setting. */
  const field = (key: "beams" | "lengthPenalty" | "temperature" | "topK" | "topP" | "seed", label: string) => (
    <NumberField
      {...{ key, label, ...LIMITS[key], value: settings[key] }}
      onChange={(value) => value !== null && change({ [key]: value })}
    />
  );
  return (
    <>
      <div class="fields">
        <div class="field">
          <span aria-hidden="true">{l10n.t("Method")}</span>
          <Dropdown
            label={l10n.t("Method")}
            options={methods}
            chosen={method}
            onChange={(value) => change({ method: value as Method })}
          />
        </div>
        <NumberField
          label={l10n.t("Maximum of new tokens")}
          {...{ least: 1, most: 1_000_000, whole: true, value: settings.newTokens }}
          placeholder={each(masks, lengthText)}
          onChange={(newTokens) => change({ newTokens })}
        />
        {method === "beam" && field("beams", l10n.t("Beams"))}
        {method === "beam" && field("lengthPenalty", l10n.t("Length penalty"))}
        {method === "sample" && field("temperature", l10n.t("Temperature"))}
        {method === "sample" && field("topK", l10n.t("Top-k (0: all)"))}
        {method === "sample" && field("topP", l10n.t("Top-p"))}
        {draws && field("seed", l10n.t("Seed"))}
      </div>
      {method === "own" && <Hint>{l10n.t("The model's generation config: {0}.", each(masks, methodText))}</Hint>}
      {[...notes].map((note) => (
        <Hint key={note}>{note}</Hint>
      ))}
      <TextArea
        label={l10n.t("Stop strings, one per line; a text ends before the first of them")}
        value={settings.stops}
        rows={2}
        onInput={(stops) => change({ stops })}
      />
    </>
  );
}

/** As the editor accepts them. */
const LIMITS = {
  beams: { least: 2, most: 256, whole: true },
  lengthPenalty: { least: -100, most: 100, whole: false },
  temperature: { least: 0.01, most: 1000, whole: false },
  topK: { least: 0, most: 1_000_000, whole: true },
  topP: { least: 0.01, most: 1, whole: false },
  seed: { least: 0, most: 2 ** 32 - 1, whole: true },
};
