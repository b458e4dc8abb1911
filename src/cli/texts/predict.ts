// masklens predict: reads lines of text and writes one line of JSON per line and adaptation.

import path from "node:path";
import { ORDERS } from "../../adaptation/deletion.ts";
import { type GeneratedAnswer, type GenerationChoice, generatedJson } from "../../adaptation/generation/answer.ts";
import type { LoadedAdaptation } from "../../adaptation/loaded.ts";
import { type AskedText, type Prediction, predictionJson } from "../../adaptation/prediction.ts";
import { InputError } from "../../errors.ts";
import { fixed, grouped, thousands } from "../../numbers.ts";
import { type Command, DEVICE_FLAG, MEMORY_FLAG, MODEL_FLAG } from "../command.ts";
import { type Compute, withCompute } from "../compute.ts";
import { adaptationsOf } from "../evaluate.ts";
import { print, printJson, type Terminal } from "../terminal.ts";
import { adaptationFiles } from "./adaptation-files.ts";
import { Asking, type Generation, manyLines } from "./asked.ts";
import { ATTRIBUTE_FLAG, attributesGiven } from "./attributes.ts";
import { choiceOf, GENERATION_FLAGS, requireFitting } from "./generation-flags.ts";
import { type PredictionRequest, requestsOf } from "./requests.ts";

export const command: Command = {
  summary: "classify or continue lines of text with one or more adaptations",
  usage: [
    "predict ADAPTATION… [--requests] [--attribute NAME=VALUE]… [--evidence] [--deletion] [--model DIR] < lines",
    "predict ADAPTATION… --frames FILE [--frames FILE]…",
    "predict ADAPTATION… [--max-new-tokens N] [--beams N | --temperature X] [--stop STRING]… [--text] < lines",
  ],
  about:
    "Reads UTF-8 text from standard input, one text per line (for pair tasks, two texts separated by a tab), and writes one line of JSON per line and adaptation: text, adaptation, label, and the probability of each label. Empty lines are classified, too. A folder stands for all adaptations in it. Adaptations that were trained with attributes of their texts, such as the user who wrote them, also read those given by --attribute (or by a request's key attributes); each line of JSON has those that its adaptation reads (attributes) and, of these, the values that its training had not seen (unseenValues), which count as missing. All adaptations share one copy of the base model's weights and stay loaded until the last line. With --requests, each line is JSON that also names the adaptation to answer with. With --evidence, each line also has each token's evidence for the predicted label: input × gradient on the word embeddings, in units of the label's log-odds. Adaptations of language tasks continue each line; those of generation tasks generate the text for it as a source, or as a user's message if they were trained on conversations. How they do follows the model's generation config unless flags say otherwise; up to 128 tokens if that says nothing. Their lines of JSON have the generated text, why it ended (finish: end, stop, length, positions or aborted), the numbers of tokens generated and read, and the sum of the generated tokens' log probabilities.",
  flags: {
    requests: {
      explanation:
        'read lines of JSON such as {"text": "Worth every cent.", "adaptation": "masks/sst2/sst2.mask.safetensors"}, possibly with a key "attributes" such as {"user": "ann"}, and answer each with its adaptation only',
    },
    frames: {
      value: "FILE",
      explanation:
        "classify or answer this file of frame features instead of lines, with adaptations that have a length adaptor; may be repeated",
      repeats: true,
    },
    evidence: { explanation: "add each token's evidence for the predicted label, and the log-odds" },
    deletion: {
      explanation: `add the evidence, checked by deletion curves: the label's probability as tokens are replaced by the mask token, in the order of their evidence and in ${ORDERS} random orders`,
    },
    attribute: ATTRIBUTE_FLAG,
    ...GENERATION_FLAGS,
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
    [
      'echo "Worth every cent." | masklens predict masks/reviews/reviews.mask.safetensors --attribute user=ann',
      "with an attribute of the text, for an adaptation that reads it",
    ],
    [
      'echo "nine one" | masklens predict runs/digits/digits.mask.safetensors --beams 4',
      "the text that a generation task's adaptation generates",
    ],
  ],
  async run(words, terminal) {
    const { given, positionals } = words;
    if (!positionals.length)
      throw new InputError("predict takes one or more adaptations", {}, "run masklens predict FILE < lines");
    const choice = choiceOf(words);
    const framed = words.many.get("frames")?.map((file) => path.resolve(file));
    if (framed && given.has("requests"))
      throw new InputError("--frames and --requests cannot be combined", {}, 'write requests with "frames"');
    const files = await adaptationFiles(positionals);
    await withCompute(
      terminal,
      async (compute, signal) => {
        const params = adaptationsOf(files, given);
        const loaded = await compute.ask("load", params, { signal });
        requireFitting(words, loaded);
        const notes = new Set(loaded.flatMap(({ generation }) => generation?.notes ?? []));
        for (const note of notes) print(terminal.err, `${note}\n`);
        const attributes = attributesGiven(words, loaded, terminal);
        const asking = new Asking(compute, signal);
        const answering = { compute, signal, asking, loaded, choice, given, attributes, terminal };
        if (framed) await answerLines(answering, { texts: framed, isFrames: true }, 0);
        else await answerInput(answering);
        asking.report(terminal, !attributes);
      },
      given.get("memory"),
    );
  },
};

interface Answering {
  readonly compute: Compute;
  readonly signal: AbortSignal;
  readonly asking: Asking;
  readonly loaded: readonly LoadedAdaptation[];
  readonly choice: GenerationChoice;
  readonly given: ReadonlyMap<string, string>;
  /** Those of all lines. */
  readonly attributes: AskedText["attributes"];
  readonly terminal: Terminal;
}

type Answer = Prediction | GeneratedAnswer;

/** Lines, or paths of files of frames. */
type Lines = Pick<Generation, "texts" | "isFrames">;

/** Answers standard input: lines, or requests. */
async function answerInput(answering: Answering): Promise<void> {
  const { signal, loaded, given, terminal } = answering;
  let before = 0;
  for await (const lines of manyLines(terminal, signal)) {
    if (given.has("requests")) await answerRequests(answering, requestsOf(lines, before, loaded), before);
    else await answerLines(answering, { texts: lines }, before);
    before += lines.length;
  }
}

/** Answers lines with all adaptations. `before`: the number of lines before them. */
async function answerLines(answering: Answering, lines: Lines, before: number): Promise<void> {
  const { asking, loaded, choice, given, attributes, terminal } = answering;
  const asked = { ...lines, texts: lines.texts.map((text) => ({ text, attributes })) };
  const [generators, classifiers] = [true, false].map((generates) =>
    loaded.filter(({ generation }) => (generation !== null) === generates).map(({ adaptation }) => adaptation),
  ) as [string[], string[]];
  if (!generators.length && !explains(given))
    return asking.each(asked, classifiers, (prediction) => printJson(terminal, predictionJson(prediction)));
  if (given.has("text")) return printTexts(answering, { ...lines, only: generators, choice, before });
  const predictions = await asking.all(asked, classifiers);
  if (!generators.length)
    for (const found of predictions) for (const prediction of found) await tell(answering, prediction);
  const order = loaded.map(({ adaptation }) => adaptation);
  /** The answers to one line. */
  let found: GeneratedAnswer[] = [];
  if (generators.length)
    await asking.generate({ ...lines, only: generators, choice, before }, (answer, index) => {
      found.push(answer);
      if (found.length < generators.length) return;
      const all: Answer[] = [...found, ...predictions[index]!];
      all.sort((a, b) => order.indexOf(a.adaptation) - order.indexOf(b.adaptation));
      for (const one of all) printJson(terminal, jsonOf(one));
      found = [];
    });
}

/** Answers each request with its adaptation. Those to one classifier are asked for together, because batches are faster. */
async function answerRequests(
  answering: Answering,
  requests: readonly PredictionRequest[],
  before: number,
): Promise<void> {
  const { asking, loaded, choice } = answering;
  const generates = new Set(loaded.filter(({ generation }) => generation).map(({ adaptation }) => adaptation));
  const found: Prediction[] = [];
  for (const adaptation of new Set(requests.map((request) => request.adaptation))) {
    if (generates.has(adaptation)) continue;
    for (const isFrames of [false, true]) {
      const places = [...requests.keys()].filter(
        (i) => requests[i]!.adaptation === adaptation && requests[i]!.isFrames === isFrames,
      );
      const asked = { texts: places.map((i) => requests[i]!), isFrames };
      for (const [i, [prediction]] of (await asking.all(asked, [adaptation])).entries())
        found[places[i]!] = prediction!;
    }
  }
  for (const [i, { text, isFrames, adaptation }] of requests.entries())
    if (found[i]) await tell(answering, found[i]);
    else
      await asking.generate({ texts: [text], isFrames, only: [adaptation], choice, before: before + i }, (answer) =>
        printJson(answering.terminal, jsonOf(answer)),
      );
}

const explains = (given: Answering["given"]) => given.has("evidence") || given.has("deletion");

/** Prints a prediction, with its evidence if that is asked for. */
async function tell({ compute, signal, given, terminal }: Answering, prediction: Prediction): Promise<void> {
  const { adaptation, text, attributes, label } = prediction;
  const deletion = given.has("deletion");
  const evidence = explains(given)
    ? await compute.ask("explain", { adaptation, text, attributes, label, deletion }, { signal })
    : undefined;
  printJson(terminal, predictionJson({ ...prediction, evidence }));
}

const jsonOf = (answer: Answer): object => ("generated" in answer ? generatedJson(answer) : predictionJson(answer));

/** Prints texts piece by piece, and on standard error why each ended. */
function printTexts({ asking, terminal: { out, err } }: Answering, generation: Generation): Promise<void> {
  let printed = 0;
  const write = (piece: string) => {
    printed += piece.length;
    print(out, piece);
  };
  const end = ({ generated, ...answer }: GeneratedAnswer) => {
    print(out, `${generated.slice(printed)}\n`);
    print(err, `${finishText(answer)}\n`);
    printed = 0;
  };
  return asking.generate(generation, end, write);
}

const ENDED: Readonly<Record<GeneratedAnswer["finish"], string>> = {
  end: "stopped at the end token",
  stop: "stopped before a stop string",
  length: "stopped at the maximum length",
  positions: "stopped at the model's last position",
  aborted: "interrupted",
};

const finishText = ({ finish, tokens, seconds }: Omit<GeneratedAnswer, "generated">): string =>
  `${ENDED[finish]} after ${grouped(tokens)} ${tokens === 1 ? "token" : "tokens"} (${thousands(fixed(tokens / seconds, 1))} tokens/s)`;
