// masklens reinitialize: writes a base model with some layers as they were before pretraining, as a control.

import path from "node:path";
import { reinitialize } from "../../adaptation/export/reinitialize.ts";
import { layerNumber } from "../../anatomy/layers.ts";
import { InputError } from "../../errors.ts";
import { grouped } from "../../numbers.ts";
import { type Command, JSON_FLAG } from "../command.ts";
import { integerOf, outOf } from "../flag-values.ts";
import { percent } from "../tables/table.ts";
import { print, printJson } from "../terminal.ts";
import { shorter } from "../train.ts";

export const command: Command = {
  summary: "write a base model with some layers as they were before pretraining, as a control",
  usage: ["reinitialize MODEL --layers RANGE --out DIR [--seed N]"],
  about:
    "Writes a model folder whose chosen layers are drawn anew from the seed (weights from a normal distribution with standard deviation 0.02, as BERT's, whatever the model's family; biases 0, normalizations 1 and 0); embeddings, biases by distance, pooler, config and tokenizer stay. It is a control: a mask that is trained over it shows what the pretrained weights of those layers are worth, and what training changed in it is no choice among pretrained weights.",
  flags: {
    layers: { value: "RANGE", explanation: 'the layers to draw, such as "4-5", "0,3-5" or "all"' },
    out: { value: "DIR", explanation: "a new or empty folder" },
    seed: { value: "N", explanation: "seed of the drawn weights (default 1)" },
    json: JSON_FLAG,
  },
  examples: [
    [
      "masklens reinitialize models/bert-base-uncased --layers 10-11 --out models/bert-10-11-drawn",
      "then masklens train --model models/bert-10-11-drawn …",
    ],
  ],
  async run({ given, positionals }, terminal) {
    const [model, ...more] = positionals;
    if (model === undefined || more.length)
      throw new InputError(
        "reinitialize takes one model",
        {},
        "run masklens reinitialize DIR --layers RANGE --out DIR",
      );
    const layers = given.get("layers");
    if (layers === undefined)
      throw new InputError("no layers are specified", { at: "--layers" }, 'write "all", or a range such as "4-5"');
    const out = outOf(given);
    const seed = integerOf("seed", given, { from: 0, to: 2 ** 32 - 1, otherwise: 1 });
    const found = await reinitialize({ model: path.resolve(model), layers, seed, out });
    if (given.has("json")) return printJson(terminal, found);
    const { folder, layers: drawn, encoderLayers, count, weights, all } = found;
    print(
      terminal.out,
      `${shorter(folder)}: layers ${drawn.map((layer) => layerNumber(layer, { encoderLayers })).join(", ")} of ${count} drawn from seed ${seed}, ${grouped(weights)} of ${grouped(all)} weights (${percent(weights / all)} %)\n`,
    );
  },
};
