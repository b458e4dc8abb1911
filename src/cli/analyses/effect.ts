// masklens effect: what the parts of a mask are worth on the task's examples.

import path from "node:path";
import type { EffectOptions, Effects, PartEffect, Wanted } from "../../adaptation/effect/effect.ts";
import { DEAD } from "../../adaptation/effect/limits.ts";
import { CHANGES, type Change } from "../../adaptation/effect/targets.ts";
import { InputError } from "../../errors.ts";
import { controlSuffix } from "../../mask/control.ts";
import { fixed, grouped, signed } from "../../numbers.ts";
import { quoted, visible } from "../../visible.ts";
import { Stopped } from "../../worker/errors.ts";
import { type Command, DEVICE_FLAG, JSON_FLAG, MODEL_FLAG } from "../command.ts";
import { withCompute } from "../compute.ts";
import { oneOf, pathsOf } from "../flag-values.ts";
import { interval, percent, points, table } from "../tables/table.ts";
import { print, printJson } from "../terminal.ts";
import { shorter } from "../train.ts";

/** Exact values may take this long unless --seconds says otherwise. */
const SECONDS = 60;
/** The number of parts in the table; --json prints all. */
const SHOWN = 20;

export const command: Command = {
  summary: "measure what each head and each kind of matrix of a mask is worth",
  usage: [
    "effect MASK [--change restored|zeroed] [--seconds N] [--task FILE] [--split validation|test]",
    "effect MASK --change swapped --other MASK",
    "effect MASK --change zeroed --head LAYER.HEAD…",
  ],
  about:
    "Changes one part of the mask at a time, an attention head or a kind of matrix in a layer, and measures how much the loss and the task's metric change on the same examples. First the change of the loss is estimated for all parts from one backward pass; then parts are measured exactly, those with the largest estimates first, as long as the time suffices. Intervals (95 %) are of a paired bootstrap over the examples, p is McNemar's exact test, corrected for the number of all parts that can change (Holm). z is what training changed in the part (see masklens info). A head is dead if setting its mask to zero changes no logit by more than 0.000001. Masks of language and generation tasks are refused, because they predict no labels.",
  flags: {
    change: {
      value: CHANGES.join("|"),
      explanation:
        "what is done to a part: restored, its initial mask is put back (the default); zeroed, all its masked weights are 0, and biases stay; swapped, it gets the mask of --other",
    },
    other: { value: "MASK", explanation: "the mask to swap parts with" },
    head: {
      value: "LAYER.HEAD",
      explanation: "measure only these heads, such as 3.2",
      many: true,
    },
    seconds: { value: "N", explanation: `time for exact values after the estimates; 0: none (default ${SECONDS})` },
    task: { value: "FILE", explanation: "task file, if not the task that the mask was trained on" },
    split: { value: "validation|test", explanation: "split to measure on (default validation)" },
    model: MODEL_FLAG,
    device: DEVICE_FLAG,
    json: JSON_FLAG,
  },
  examples: [
    ["masklens effect masks/sst2/sst2.mask.safetensors", "what training changed, and whether it matters"],
    ["masklens effect masks/sst2/sst2.mask.safetensors --change zeroed --head 3.2", "is this head dead?"],
    [
      "masklens effect masks/a/a.mask.safetensors --change swapped --other masks/b/b.mask.safetensors --seconds 600",
      "which parts of one mask another one can take over",
    ],
  ],
  async run({ given, many, positionals }, terminal) {
    const [file, more] = positionals;
    if (file === undefined || more !== undefined)
      throw new InputError("effect takes one mask", {}, "run masklens effect MASK");
    const options = optionsOf(file, given, many.get("head"));
    let known: Effects | undefined;
    const onEvent = (effects: Effects) => {
      known = effects;
      print(terminal.err, `measured ${measuredIn(effects).length} of ${effects.parts.length} parts\n`);
    };
    let stopped: unknown;
    const effects = await withCompute(terminal, (compute, signal) =>
      compute.ask("effect", options, { signal, onEvent }),
    ).catch((error: unknown) => {
      if (!(error instanceof Stopped) || !known) throw error;
      stopped = error;
      return known; // what is known when it is stopped is told all the same
    });
    for (const note of effects.notes) print(terminal.err, `${visible(note)}\n`);
    if (given.has("json")) printJson(terminal, effects);
    else print(terminal.out, textOf(effects));
    if (stopped) throw stopped;
  },
};

function optionsOf(
  file: string,
  given: ReadonlyMap<string, string>,
  heads: readonly string[] | undefined,
): Omit<EffectOptions, "models" | "signal"> {
  const change = oneOf(CHANGES, "change", given, given.has("other") ? "swapped" : "restored");
  if ((change === "swapped") !== given.has("other"))
    throw new InputError(
      change === "swapped" ? "there is no mask to swap parts with" : "it applies only to swapped parts",
      { at: "--other" },
      "write --change swapped --other MASK",
    );
  const split = oneOf(["validation", "test"], "split", given);
  const seconds = Number(given.get("seconds") ?? SECONDS);
  if (!(seconds >= 0 && Number.isFinite(seconds)))
    throw new InputError(
      `${quoted(given.get("seconds")!)} is not a number of seconds`,
      { at: "--seconds" },
      "write a number such as 60",
    );
  return {
    ...{ mask: path.resolve(file), change, split, seconds, device: given.get("device") ?? "auto" },
    ...pathsOf(given, "other", "task", "model"),
    ...(heads && { parts: heads.map(headOf) }),
  };
}

const measuredIn = ({ parts }: Effects) => parts.filter(({ measured }) => measured !== null);

function headOf(text: string): Wanted {
  const [, layer, head, cross] = /^([ED]?\d+)\.(\d+)(\.cross)?$/.exec(text) ?? [];
  if (layer !== undefined && head !== undefined) return { layer, head: Number(head), kind: cross ? "cross" : "all" };
  throw new InputError(`${quoted(text)} is not a head`, { at: "--head" }, "write LAYER.HEAD, such as 3.2");
}

const WORDS: Record<Change, string> = {
  restored: "its initial mask is restored",
  zeroed: "all its masked weights are set to zero",
  swapped: "it gets the other mask's bits",
};

function textOf(effects: Effects): string {
  const { change, other, split, task, examples, cut, unscored, loss, metric, parts, permuteLabels } = effects;
  const measured = measuredIn(effects);
  const tests = measured.filter((part) => part.measured!.mcnemar !== null).length;
  const shown = [
    ...measured.toSorted((a, b) => Math.abs(b.measured!.loss.value) - Math.abs(a.measured!.loss.value)),
    ...parts.filter((part) => !part.measured).sort((a, b) => Math.abs(b.estimate ?? 0) - Math.abs(a.estimate ?? 0)),
  ].slice(0, SHOWN);
  const rows = shown.map((part) => [
    part.name,
    ...[grouped(part.weights), grouped(part.changed), signed(part.estimate, 4)],
    ...(part.measured
      ? [lossText(part), points(part.measured.metric), part.measured.logits.toPrecision(2)]
      : ["–", "–", "–"]),
    ...(tests ? [part.measured?.mcnemar ? part.measured.mcnemar.pHolm.toPrecision(2) : "–"] : []),
    fixed(part.z, 1),
  ]);
  const more = parts.length - shown.length;
  const dead = parts.filter(({ head, measured }) => head !== null && measured && measured.logits <= DEAD);
  const deadText = dead.length
    ? `Dead, no logit changes by more than ${DEAD}: ${dead.map(({ name }) => name).join("; ")}.\n`
    : `No measured head is dead: each changes a logit by more than ${DEAD}.\n`;
  const losses = [
    ...(cut ? [`, ${grouped(cut)} truncated`] : []),
    ...(unscored ? [`, ${grouped(unscored)} words without a prediction`] : []),
  ].join("");
  return `${visible(task.name)}${controlSuffix(permuteLabels)}, ${split}: ${grouped(examples)} examples${losses}, loss ${fixed(loss, 4)}, ${task.metric} ${percent(metric)} %
Change of loss and ${task.metric} if one part of the mask is changed: ${WORDS[change]}${other === null ? "" : ` (${visible(shorter(other))})`}
${table(
  [
    ...["part", "weights", "bits changed", "loss, estimated", "loss", `${task.metric}, points`, "largest logit change"],
    ...(tests ? ["p (Holm)"] : []),
    "z",
  ],
  rows,
)}${more > 0 ? `${more} more parts; --json has all.\n` : ""}${grouped(measured.length)} of ${grouped(parts.length)} parts were measured, those with the largest estimates first.
${correlationText("heads", effects.heads)}${correlationText("kinds of a layer", effects.kinds)}${change === "zeroed" && parts.some(({ head, measured }) => head !== null && measured) ? deadText : ""}`;
}

function lossText({ measured }: PartEffect): string {
  const { value, low, high } = measured!.loss;
  const of = (number: number) => signed(number, 4);
  return `${of(value)} (${low === null || high === null ? "–" : `${of(low)} to ${of(high)}`})`;
}

function correlationText(name: string, { parts, estimate, z }: Effects["heads"]): string {
  if (!parts) return "";
  const shown = (what: string, value: Effects["heads"]["z"]) => (value ? [`${what} ${interval(value, 2)}`] : []);
  const texts = [...shown("of estimate and exact change of loss", estimate), ...shown("of z and change of loss", z)];
  const over = `the ${parts} measured ${name}, which have the largest estimates`;
  return texts.length ? `Rank correlation over ${over}: ${texts.join(", ")}.\n` : "";
}
