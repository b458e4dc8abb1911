// masklens which: ranks adaptations by how sure each is of its answer to a line of text.

import { type Fit, fitsOf } from "../../adaptation/fit.ts";
import type { LoadedAdaptation } from "../../adaptation/loaded.ts";
import type { Prediction } from "../../adaptation/prediction.ts";
import { InputError } from "../../errors.ts";
import { adaptationName } from "../../file-name.ts";
import { fixed, grouped } from "../../numbers.ts";
import { visible } from "../../visible.ts";
import { type Command, DEVICE_FLAG, MODEL_FLAG } from "../command.ts";
import { withCompute } from "../compute.ts";
import { adaptationsOf } from "../evaluate.ts";
import { integerOf } from "../flag-values.ts";
import { percent, table } from "../tables/table.ts";
import { named, print, printJson, type Terminal } from "../terminal.ts";
import { adaptationFiles } from "./adaptation-files.ts";
import { Asking, manyLines } from "./asked.ts";

const SHOWN = 10;
const MOST = 1_000_000;
/** The maximum length of a text above its table. */
const LONGEST = 100;

/** An adaptation that can read single lines. */
type Candidate = LoadedAdaptation & { readonly kind: "sentence" | "pair" };
type Ranked = Fit<Prediction>;

/** What is printed of each line's ranking. */
interface Choice {
  readonly candidates: readonly Candidate[];
  /** Each candidate's task, by its adaptation. */
  readonly tasks: ReadonlyMap<string, Candidate["task"]>;
  readonly top: number;
}

export const command: Command = {
  summary: "find the adaptation that fits a text: the one that is surest of its answer",
  usage: ["which ADAPTATION… [--top N] [--json] [--model DIR] < lines"],
  about:
    "Reads lines of text like predict, asks every adaptation, and ranks them by the entropy of the answer (SupSup, Wortsman et al. 2020), lowest first. The entropy is printed beside ln K, that of an answer in which all K labels are equally probable; the ranking is by entropy / ln K, because tasks may have different numbers of labels (SupSup's have equally many). A sure answer is not always a fitting one: docs/many.md says how often the first is the right one over ten tasks. A folder stands for all adaptations in it. Adaptations of pair tasks are asked for lines with one tab only; adaptations for any other kind of task are skipped and listed.",
  flags: {
    top: { value: "N", explanation: `print only the N that fit best (default ${SHOWN}; with --json, all)` },
    model: MODEL_FLAG,
    device: DEVICE_FLAG,
    json: { explanation: "print one line of JSON per text and nothing else on standard output" },
  },
  examples: [
    ['echo "Worth every cent." | masklens which masks', "all adaptations in a folder"],
    ["masklens which masks --top 1 --json < lines", "the best fit of each line, for a script"],
  ],
  async run({ given, positionals }, terminal) {
    if (!positionals.length)
      throw new InputError("which takes two or more adaptations", {}, "run masklens which FOLDER < lines");
    const files = await adaptationFiles(positionals);
    if (files.length < 2)
      throw new InputError("there is only one adaptation to choose from", { file: files[0]! }, "name two or more");
    const json = given.has("json");
    const top = integerOf("top", given, { from: 1, to: MOST, otherwise: json ? MOST : SHOWN });
    await withCompute(terminal, async (compute, signal) => {
      const loaded = await compute.ask("load", adaptationsOf(files, given), { signal });
      const candidates = candidatesOf(loaded, terminal);
      const tasks = new Map(candidates.map(({ adaptation, task }) => [adaptation, task]));
      const choice: Choice = { candidates, tasks, top };
      const asking = new Asking(compute, signal);
      for await (const lines of manyLines(terminal, signal))
        for (const [i, fits] of (await rankedBy(asking, candidates, lines)).entries())
          if (json) printJson(terminal, jsonOf(lines[i]!, fits, choice));
          else print(terminal.out, tableOf(lines[i]!, fits, choice));
      asking.report(terminal);
    });
  },
};

/** The adaptations that can read lines; names the others. */
function candidatesOf(loaded: readonly LoadedAdaptation[], { err }: Terminal): Candidate[] {
  const isCandidate = (one: LoadedAdaptation): one is Candidate =>
    !one.readsFrames && (one.kind === "sentence" || one.kind === "pair");
  for (const { adaptation, kind, readsFrames } of loaded.filter((one) => !isCandidate(one))) {
    const why = readsFrames ? "it reads frame features" : `a ${named(kind)} task does not classify single texts`;
    print(err, `${named(adaptationName(adaptation))} was left out: ${why}\n`);
  }
  const candidates = loaded.filter(isCandidate);
  if (candidates.length) return candidates;
  throw new InputError("none of the adaptations classifies single texts or pairs", {}, "name others");
}

const isPair = (line: string): boolean => line.split("\t").length === 2;
const reads =
  (line: string) =>
  ({ kind }: Candidate): boolean =>
    kind === "sentence" || isPair(line);

/** The candidates that can read each line, ranked. */
async function rankedBy(
  asking: Asking,
  candidates: readonly Candidate[],
  lines: readonly string[],
): Promise<Ranked[][]> {
  const ranked: Ranked[][] = [];
  for (const pairs of [false, true]) {
    const places = [...lines.keys()].filter((i) => isPair(lines[i]!) === pairs);
    if (!places.length) continue;
    const texts = places.map((i) => lines[i]!);
    const only = candidates.filter(reads(texts[0]!)).map(({ adaptation }) => adaptation);
    for (const [i, predictions] of (await asking.all({ texts }, only)).entries())
      ranked[places[i]!] = fitsOf(predictions);
  }
  return ranked;
}

function jsonOf(text: string, fits: readonly Ranked[], { candidates, tasks, top }: Choice): object {
  return {
    text,
    fits: fits.slice(0, top).map(({ prediction: { adaptation, label, probabilities }, entropy, uniform, relative }) => {
      return { adaptation, task: tasks.get(adaptation), label, probabilities, entropy, uniform, relative };
    }),
    candidates: fits.length,
    unread: candidates.filter((one) => !reads(text)(one)).map(({ adaptation }) => adaptation),
  };
}

function tableOf(text: string, fits: readonly Ranked[], { candidates, tasks, top }: Choice): string {
  const rows = fits
    .slice(0, top)
    .map(({ prediction: { adaptation, label, probabilities }, entropy, uniform, relative }, i) => [
      ...[String(i + 1), named(adaptationName(adaptation)), named(tasks.get(adaptation))],
      ...[`${named(label)} ${percent(probabilities[label]!)} %`, fixed(entropy, 3), fixed(uniform, 3)],
      percent(relative),
    ]);
  const header = ["", "adaptation", "task", "answer", "entropy, nats", "ln K", "entropy / ln K, %"];
  const rest = fits.length - rows.length;
  const unread = candidates.length - fits.length;
  const notes = [
    ...(rest ? [`${grouped(rest)} more; --top ${fits.length} prints all`] : []),
    ...(unread ? [`${grouped(unread)} of pair tasks not asked, because the line has no single tab`] : []),
  ];
  return `${visible(text, LONGEST)}\n${table(header, rows, [1, 2, 3])}${notes.map((note) => `${note}\n`).join("")}\n`;
}
