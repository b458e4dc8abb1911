// masklens combine: makes one mask of several by set operations.

import path from "node:path";
import { version } from "../../../package.json";
import { readMask } from "../../adaptation/read.ts";
import { InputError } from "../../errors.ts";
import { writeAtomic } from "../../files.ts";
import { combineMasks } from "../../mask/algebra.ts";
import { encodeMask, type Mask } from "../../mask/file.ts";
import { type Combination, OPERATIONS } from "../../mask/metadata.ts";
import { sparsityOf } from "../../mask/statistics.ts";
import { didYouMean } from "../../suggest.ts";
import { quoted } from "../../visible.ts";
import { type Command, JSON_FLAG, MODEL_FLAG } from "../command.ts";
import { adaptationOutOf } from "../flag-values.ts";
import { percent, table } from "../tables/table.ts";
import { print, printJson } from "../terminal.ts";
import { shorter } from "../train.ts";

const ENDING = ".mask.safetensors";

export const command: Command = {
  summary: "combine several masks into one: union, intersection, difference, majority",
  usage: [`combine ${OPERATIONS.join("|")} MASK MASK… --out NAME${ENDING}`],
  about:
    "Writes a mask that keeps a weight if any of the masks keeps it (union), if all do (intersection), if the first one does and no other (difference), or if more than half do (majority; in a tie, as in the first one). All masks must be over the same matrices of one base model. The classifier, the task and other tensors are the first mask's, so the result can be evaluated on its task. It records the masks that it came from; it has no initial mask, so what training changed is unknown.",
  flags: {
    out: { value: "FILE", explanation: `the file to write, NAME${ENDING}; it must not exist` },
    model: MODEL_FLAG,
    json: JSON_FLAG,
  },
  examples: [
    [
      "masklens combine majority masks/sst2-*/*.mask.safetensors --out masks/sst2.mask.safetensors",
      "what most seeds of a task keep",
    ],
    [
      "masklens combine intersection masks/a/a.mask.safetensors masks/b/b.mask.safetensors --out both.mask.safetensors",
      "what both tasks keep, with the classifier of a",
    ],
  ],
  async run({ given, positionals }, terminal) {
    const [operation, ...files] = positionals;
    if (!isOperation(operation))
      throw new InputError(
        operation === undefined ? "combine needs an operation" : `unknown operation ${quoted(operation)}`,
        {},
        didYouMean(operation ?? "", OPERATIONS, `choose ${OPERATIONS.join(", ")}`),
      );
    const file = await adaptationOutOf(given, ENDING);
    const masks: Mask[] = [];
    for (const one of files) masks.push(await readMask(path.resolve(one), { model: given.get("model") }));
    const names = masks.map((mask) => path.basename(mask.file, ENDING));
    const combined = combineMasks(operation, masks, { tool: `masklens ${version}`, names });
    await writeAtomic(file, await encodeMask(combined));
    const sparsities = [...masks, combined].map(({ matrices }) => sparsityOf(matrices.map(({ bits }) => bits)));
    if (given.has("json")) return printJson(terminal, { mask: file, operation, sparsity: sparsities.at(-1)! });
    const rows = [...masks.map((mask) => shorter(mask.file)), shorter(file)].map((name, i) => {
      return [name, percent(sparsities[i]!, 2)];
    });
    print(terminal.out, table([operation, "sparsity, %"], rows));
  },
};

const isOperation = (text: string | undefined): text is Combination["operation"] =>
  OPERATIONS.some((operation) => operation === text);
