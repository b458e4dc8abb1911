// masklens predict: reads lines of text and writes one line of JSON per line and adaptation.

import { ORDERS } from "../../adaptation/deletion.ts";
import { type Prediction, predictionJson } from "../../adaptation/prediction.ts";
import { InputError } from "../../errors.ts";
import { type Command, DEVICE_FLAG, MEMORY_FLAG, MODEL_FLAG } from "../command.ts";
import { withCompute } from "../compute.ts";
import { adaptationsOf } from "../evaluate.ts";
import { printJson } from "../terminal.ts";
import { adaptationFiles } from "./adaptation-files.ts";
import { Asking, manyLines } from "./asked.ts";
import { requestsOf } from "./requests.ts";

export const command: Command = {
  summary: "classify lines of text with one or more adaptations",
  usage: ["predict ADAPTATION… [--requests] [--evidence] [--deletion] [--model DIR] < lines"],
  about:
    "Reads UTF-8 text from standard input, one text per line (for pair tasks, two texts separated by a tab), and writes one line of JSON per line and adaptation: text, adaptation, label, and the probability of each label. Empty lines are classified, too. A folder stands for all adaptations in it. All adaptations share one copy of the base model's weights and stay loaded until the last line. With --requests, each line is JSON that also names the adaptation to answer with. With --evidence, each line also has each token's evidence for the predicted label: input × gradient on the word embeddings, in units of the label's log-odds.",
  flags: {
    requests: {
      explanation:
        'read lines of JSON such as {"text": "Worth every cent.", "adaptation": "masks/sst2/sst2.mask.safetensors"} and answer each with its adaptation only',
    },
    evidence: { explanation: "add each token's evidence for the predicted label, and the log-odds" },
    deletion: {
      explanation: `add the evidence, checked by deletion curves: the label's probability as tokens are replaced by the mask token, in the order of their evidence and in ${ORDERS} random orders`,
    },
    model: MODEL_FLAG,
    device: DEVICE_FLAG,
    memory: MEMORY_FLAG,
  },
  examples: [
    ['echo "Worth every cent." | masklens predict masks/sst2/sst2.mask.safetensors', "one line, one task"],
    ["masklens predict masks --requests < requests.jsonl", "many tasks, each line answered by the adaptation it names"],
    [
      'echo "Worth every cent." | masklens predict masks/sst2/sst2.mask.safetensors --deletion',
      "each token's evidence, and whether it beats random order",
    ],
  ],
  async run({ given, positionals }, terminal) {
    if (!positionals.length)
      throw new InputError("predict takes one or more adaptations", {}, "run masklens predict FILE < lines");
    const files = await adaptationFiles(positionals);
    await withCompute(
      terminal,
      async (compute, signal) => {
        const params = adaptationsOf(files, given);
        const { adaptations } = params;
        const deletion = given.has("deletion");
        const explains = deletion || given.has("evidence");
        const tell = async (prediction: Prediction) => {
          const { adaptation, text, label } = prediction;
          const evidence = explains
            ? await compute.ask("explain", { adaptation, text, label, deletion }, { signal })
            : undefined;
          printJson(terminal, predictionJson({ ...prediction, evidence }));
        };
        await compute.ask("load", params, { signal });
        const asking = new Asking(compute, signal);
        let before = 0;
        for await (const lines of manyLines(terminal, signal)) {
          if (given.has("requests"))
            for (const prediction of await requested(asking, requestsOf(lines, before, adaptations)))
              await tell(prediction);
          else if (explains)
            for (const predictions of await asking.all(lines, adaptations))
              for (const prediction of predictions) await tell(prediction);
          else await asking.each(lines, adaptations, (prediction) => printJson(terminal, predictionJson(prediction)));
          before += lines.length;
        }
        asking.report(terminal);
      },
      given.get("memory"),
    );
  },
};

/** The answer to each request. Those to one adaptation are asked for together, because batches are faster than single texts. */
async function requested(
  asking: Asking,
  requests: readonly { readonly text: string; readonly adaptation: string }[],
): Promise<Prediction[]> {
  const found: Prediction[] = [];
  for (const adaptation of new Set(requests.map((request) => request.adaptation))) {
    const places = [...requests.keys()].filter((i) => requests[i]!.adaptation === adaptation);
    const texts = places.map((i) => requests[i]!.text);
    for (const [i, [prediction]] of (await asking.all(texts, [adaptation])).entries()) found[places[i]!] = prediction!;
  }
  return found;
}
