// masklens attention: how far linear attention is from attention by softmax, by layer and head.

import path from "node:path";
import { COMPARED, meanOf } from "../../adaptation/attention/compared.ts";
import type { AttentionDivergence, AttentionOptions } from "../../adaptation/attention/task-texts.ts";
import { layerName } from "../../anatomy/layers.ts";
import { InputError } from "../../errors.ts";
import { fixed, grouped } from "../../numbers.ts";
import { visible } from "../../visible.ts";
import { type Command, DEVICE_FLAG, JSON_FLAG, MODEL_FLAG } from "../command.ts";
import { withCompute } from "../compute.ts";
import { drawnOf, oneOf, pathsOf } from "../flag-values.ts";
import { table } from "../tables/table.ts";
import { print, printJson } from "../terminal.ts";

export const command: Command = {
  summary: "measure how far each head's linear attention is from attention by softmax",
  usage: ["attention ADAPTATION [--task FILE] [--split validation|test] [--rows N] [--seed N] [--model DIR]"],
  about:
    "For an adaptation that was trained with linear attention (masklens train --linear-attention): how far the attention of each head is from what softmax gives for the same queries and keys, as the Kullback–Leibler divergence KL(softmax ‖ linear) in nats, the mean over the tokens of examples; 0: the two are equal. Before: the base model's weights with the feature maps as they were initialized. After: the adaptation's weights with its trained maps. Each layer reads what the layers below compute with softmax and the same weights, so differences do not accumulate from layer to layer. Examples are read as single texts, up to the run's maximum length.",
  flags: {
    task: { value: "FILE", explanation: "task file, if not the task that the adaptation was trained on" },
    split: { value: "validation|test", explanation: "split whose examples are read (default validation)" },
    rows: { value: "N", explanation: `maximum number of examples (default ${COMPARED.rows})` },
    seed: { value: "N", explanation: `seed of the examples that are drawn (default ${COMPARED.seed})` },
    model: MODEL_FLAG,
    device: DEVICE_FLAG,
    json: JSON_FLAG,
  },
  examples: [
    ["masklens attention masks/linear/linear.mask.safetensors", "which heads are like softmax, and which are not?"],
  ],
  async run({ given, positionals }, terminal) {
    const [file, more] = positionals;
    if (file === undefined || more !== undefined)
      throw new InputError("attention takes one adaptation", {}, "run masklens attention FILE");
    const found = await withCompute(terminal, (compute, signal) =>
      compute.ask("attention", optionsOf(file, given), { signal }),
    );
    if (given.has("json")) printJson(terminal, found);
    else print(terminal.out, textOf(found));
  },
};

function optionsOf(file: string, given: ReadonlyMap<string, string>): Omit<AttentionOptions, "models" | "signal"> {
  return {
    ...{ adaptation: path.resolve(file), device: given.get("device") ?? "auto" },
    split: oneOf(["validation", "test"], "split", given),
    ...drawnOf(given, COMPARED),
    ...pathsOf(given, "task", "model"),
  };
}

function textOf(found: AttentionDivergence): string {
  const { task, split, examples, tokens, decoderTokens, map, seed, encoderLayers, before, after } = found;
  const heads = Math.max(...after.map(({ length }) => length));
  const rowsOf = (all: AttentionDivergence["before"]) =>
    all.map((own, layer) => [layerName(layer, { encoderLayers }), ...own.map((value) => fixed(value, 3))]);
  const header = ["", ...Array.from({ length: heads }, (_, head) => `H${head}`)];
  const read = [
    `${grouped(tokens)} tokens`,
    ...(decoderTokens === undefined ? [] : [`${grouped(decoderTokens)} in the decoder`]),
  ].join(", ");
  return `${visible(task.name)}, ${split}: ${grouped(examples)} examples (drawn with seed ${seed}), ${read}; feature map ${map}
KL(softmax ‖ linear attention) in nats, mean over tokens, by layer and head; 0: equal
Before training (the base model's weights, the maps as they were initialized), mean ${fixed(meanOf(before), 3)}:
${table(header, rowsOf(before))}After training (the adaptation's weights and maps), mean ${fixed(meanOf(after), 3)}:
${table(header, rowsOf(after))}`;
}
