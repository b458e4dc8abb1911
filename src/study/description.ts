// Reads study.json, the plan of a study: base models, tasks, methods, options and seeds, whose combinations are its
// cells. One schema defines types, checks, explanations and the editor's JSON schema.

import * as z from "zod/mini";
import { InputError } from "../errors.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import { onDemand } from "../on-demand.ts";
import { type Method, OPTIONS, type RunOptions } from "../recipe/options.ts";
import {
  accepted,
  atLeast,
  atMost,
  defOf,
  explained,
  explanationOf,
  type Read,
  type Schema,
  seed,
  worded,
} from "../schema.ts";

/** The maximum length of a list: more values are not a plan that anybody reads. */
const MOST_VALUES = 1000;
const LONGEST_PATH = 4096;
const LONGEST_DESCRIPTION = 2000;

/** The options of a run that have a key of their own in a study, and that key; `out` follows from the cell's number. */
const OWN_KEY: Partial<Record<keyof RunOptions, string>> = {
  model: '"models"',
  task: '"tasks"',
  method: '"methods"',
  seed: '"seeds"',
};

/** The options that a study may give to all cells, or vary. */
export type CellOption = Exclude<keyof RunOptions, "model" | "task" | "out" | "method" | "seed">;

const OPTION_NAMES = onDemand(() =>
  (Object.keys(OPTIONS().shape) as (keyof RunOptions)[]).filter(
    (key): key is CellOption => key !== "out" && !Object.hasOwn(OWN_KEY, key),
  ),
);

/** A run option's schema without its default, because an option that a study omits is the run's to complete. */
function ownSchema(name: CellOption): Schema {
  let schema: Schema = OPTIONS().shape[name];
  for (;;) {
    const def = defOf(schema);
    if (def.type !== "default" && def.type !== "optional") return schema;
    schema = def.innerType;
  }
}

const byOption = (value: (name: CellOption) => Schema) =>
  Object.fromEntries(
    OPTION_NAMES().map((name) => [
      name,
      explained(z.exactOptional(value(name) as z.ZodMiniType), explanationOf(OPTIONS().shape[name])),
    ]),
  );

const nonEmpty = <S extends Schema>(entry: S, what: string) =>
  worded(
    z.array(entry).check(atLeast(1), atMost(MOST_VALUES)),
    `a list of ${what}, at least one and at most ${MOST_VALUES}`,
  );

const filePath = (expected: string) =>
  worded(z.string().check(atMost(LONGEST_PATH), z.regex(/^(?=.*\S)[^\0]*$/s)), expected);

const METHOD = onDemand(() => defOf(OPTIONS().shape.method) as unknown as { innerType: z.ZodMiniType<Method> });

/** A method with options of its own. */
const METHOD_ENTRY = onDemand(() =>
  worded(
    z.strictObject({
      method: explained(METHOD().innerType, explanationOf(OPTIONS().shape.method)),
      ...byOption(ownSchema),
    }),
    'a method, or an object such as {"method": "finetune", "learningRate": 0.00005}',
  ),
);

export const STUDY = onDemand(() =>
  z.strictObject({
    description: explained(
      z.exactOptional(
        worded(z.string().check(atMost(LONGEST_DESCRIPTION)), `text of at most ${LONGEST_DESCRIPTION} characters`),
      ),
      "what the study is about; has no effect",
    ),
    models: explained(
      nonEmpty(filePath("a model folder"), "model folders"),
      "folders of the base models, in the Hub's layout; paths are relative to this file",
    ),
    tasks: explained(
      nonEmpty(filePath("a task file"), "task files"),
      "task files (NAME.task.json); paths are relative to this file",
    ),
    methods: explained(
      z._default(
        nonEmpty(
          worded(z.union([METHOD().innerType, METHOD_ENTRY()]), "a method"),
          'methods, or objects such as {"method": "finetune", "learningRate": 0.00005}',
        ),
        ["mask"],
      ),
      "what is trained: names of methods, or objects with a method and options of its own",
    ),
    options: explained(
      z._default(worded(z.strictObject(byOption(ownSchema)), 'an object such as {"epochs": 4}'), {}),
      "options of a run that all cells share",
    ),
    grid: explained(
      z._default(
        worded(
          z.strictObject(byOption((name) => nonEmpty(ownSchema(name), `values of ${name}`))),
          'an object such as {"learningRate": [0.001, 0.003]}',
        ),
        {},
      ),
      "options of a run that vary, each with the list of its values; all combinations are trained",
    ),
    seeds: explained(
      z._default(nonEmpty(seed, "seeds"), [1]),
      "seeds of the runs; each is also the seed of the initial scores, unless maskSeed is given",
    ),
  }),
);

/** One of the methods to compare, with options of its own. */
export type MethodEntry = { readonly method: Method } & JsonObject;

/** A study's plan, complete. */
export type StudyPlan = Omit<Read<typeof STUDY>, "methods" | "options" | "grid"> & {
  readonly methods: readonly MethodEntry[];
  readonly options: JsonObject;
  /** In the order of the file's keys. */
  readonly grid: Readonly<Record<string, readonly unknown[]>>;
};

/**
 * Parses the JSON of a study. Throws an InputError that names file and key for unknown keys (with a suggestion), values
 * out of range, and options that are given twice.
 */
export function parseStudy(json: unknown, file: string): StudyPlan {
  if (!isJsonObject(json))
    throw new InputError("the study is not a JSON object", { file }, 'write {"models": […], "tasks": […]}');
  for (const key of ["options", "grid"]) if (isJsonObject(json[key])) checkOwnKeys(json[key], key, file);
  // One by one, because an error in a list of alternatives could not say which alternative was meant.
  if (Array.isArray(json.methods))
    for (const entry of json.methods.slice(0, MOST_VALUES)) {
      if (isJsonObject(entry)) checkOwnKeys(entry, "methods", file, ["method"]);
      const methods = isJsonObject(entry) ? METHOD_ENTRY() : METHOD().innerType;
      accepted(z.strictObject({ methods }), { methods: entry }, { file });
    }
  const { methods, options, grid, ...plan } = accepted(STUDY(), json, { file }) as Read<typeof STUDY>;
  const twice = Object.keys(grid).find((key) => Object.hasOwn(options, key));
  if (twice !== undefined)
    throw new InputError(
      `${twice} is in both "options" and "grid"`,
      { file, at: `grid.${twice}` },
      'keep it in "grid" to vary it, or in "options" to give it one value',
    );
  const entries = methods.map((entry) => (typeof entry === "string" ? { method: entry } : entry) as MethodEntry);
  return { ...plan, methods: entries, options: options as JsonObject, grid: inOrderOf(json.grid, grid) };
}

/** Throws an InputError for an option that has a key of its own. */
function checkOwnKeys(given: JsonObject, within: string, file: string, allowed: readonly string[] = []): void {
  for (const [key, own] of Object.entries(OWN_KEY))
    if (Object.hasOwn(given, key) && !allowed.includes(key))
      throw new InputError(
        `${key} is not given here`,
        { file, at: `${within}.${key}` },
        `list its values under ${own}`,
      );
}

/** zod returns keys in the order of the schema, but the order of a grid's keys is the user's. */
function inOrderOf(given: unknown, grid: object): StudyPlan["grid"] {
  const values = grid as StudyPlan["grid"];
  return Object.fromEntries(Object.keys((given ?? {}) as object).map((key) => [key, values[key]!]));
}
