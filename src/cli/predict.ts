// masklens predict: reads lines of text and writes one line of JSON per line and adaptation.

import { ORDERS } from "../adaptation/deletion.ts";
import { type Prediction, predictionJson } from "../adaptation/prediction.ts";
import { InputError } from "../errors.ts";
import { grouped } from "../numbers.ts";
import { type Command, DEVICE_FLAG, MODEL_FLAG } from "./command.ts";
import { withCompute } from "./compute.ts";
import { adaptationsOf } from "./evaluate.ts";
import { linesOf } from "./lines.ts";
import { print, printJson } from "./terminal.ts";
import { shorter } from "./train.ts";

/** Lines per request: results arrive early, and no message contains a whole corpus. */
const TOGETHER = 256;

export const command: Command = {
  summary: "classify lines of text with one or more adaptations",
  usage: ["predict ADAPTATION… [--evidence] [--deletion] [--model DIR] < lines"],
  about:
    "Reads UTF-8 text from standard input, one text per line (for pair tasks, two texts separated by a tab), and writes one line of JSON per line and adaptation: text, adaptation, label, and the probability of each label. Empty lines are classified, too. All adaptations share one copy of the base model's weights. With --evidence, each line also has each token's evidence for the predicted label: input × gradient on the word embeddings, in units of the label's log-odds.",
  flags: {
    evidence: { explanation: "add each token's evidence for the predicted label, and the log-odds" },
    deletion: {
      explanation: `add the evidence, checked by deletion curves: the label's probability as tokens are replaced by the mask token, in the order of their evidence and in ${ORDERS} random orders`,
    },
    model: MODEL_FLAG,
    device: DEVICE_FLAG,
  },
  examples: [
    ['echo "Worth every cent." | masklens predict masks/sst2/sst2.mask.safetensors', "one line, one task"],
    [
      'echo "Worth every cent." | masklens predict masks/sst2/sst2.mask.safetensors --deletion',
      "each token's evidence, and whether it beats random order",
    ],
  ],
  async run({ given, positionals }, terminal) {
    if (!positionals.length)
      throw new InputError("predict takes one or more adaptations", {}, "run masklens predict FILE < lines");
    if (terminal.input.isTTY) print(terminal.err, "reading lines from the terminal; press Ctrl+D to finish\n");
    await withCompute(terminal, async (compute, signal) => {
      const params = adaptationsOf(positionals, given);
      const cut = new Map<string, number>();
      const onEvent = (prediction: Prediction) => {
        const { adaptation, pieces } = prediction;
        if (pieces.some(({ entered }) => !entered)) cut.set(adaptation, (cut.get(adaptation) ?? 0) + 1);
        printJson(terminal, predictionJson(prediction));
      };
      const deletion = given.has("deletion");
      const evidence = deletion || given.has("evidence");
      const ask = (texts: readonly string[]) =>
        compute.ask("predict", { ...params, texts, evidence, deletion }, { onEvent, signal });
      let texts: string[] = [];
      let asked = false;
      for await (const line of linesOf(terminal.input)) {
        texts.push(line);
        if (texts.length < TOGETHER) continue;
        await ask(texts);
        asked = true;
        texts = [];
      }
      if (texts.length || !asked) await ask(texts);
      for (const [adaptation, lines] of cut)
        print(
          terminal.err,
          `${grouped(lines)} ${lines === 1 ? "line was" : "lines were"} longer than the maximum length of ${shorter(adaptation)} and truncated\n`,
        );
    });
  },
};
