// Sorts the arrays of a file by the matrix of the base model that they belong to, and by what they are of it.

import { InputError } from "../../errors.ts";
import type { ModelConfig } from "../../model/config.ts";
import { familyOf } from "../../model/families/families.ts";
import type { Family } from "../../model/families/family.ts";
import { allMatrices, canonicalName, type Heading, type Matrix } from "../../model/names.ts";
import { WRAPPERS } from "../../model/weights/prefix.ts";
import { quoted } from "../../visible.ts";
import type { Arrays } from "./arrays.ts";

/** What an array is of its module; "alone" if it has the module's name without more. */
const PARTS = ["weight", "weight_orig", "weight_mask", "mask_scores", "mask", "alone"] as const;
export type Part = (typeof PARTS)[number];

const ENDING = /\.(weight|weight_orig|weight_mask|mask_scores|mask|weight\.mask|weight_mask\.mask)$/;

/** The arrays of a module by what they are of it: their names in the file. */
export type Parts = ReadonlyMap<Part, string>;

export interface Sorted {
  /** The matrices of the model that have arrays, in the model's order. */
  readonly matrices: readonly { readonly matrix: Matrix; readonly parts: Parts }[];
  /** The model's matrices, all of them. */
  readonly all: readonly Matrix[];
  /** Arrays that belong to no matrix, with their names in the file by the canonical name (see `canonicalName`). */
  readonly others: ReadonlyMap<string, string>;
  /** What was removed from the beginning of names, beside the family's own prefix; empty if nothing was. */
  readonly prefix: string;
}

/** The matrices above the layers are those of `heading`, whose number of labels is that of the file's classifier if it has one. */
export function sortedArrays({ arrays, file }: Arrays, config: ModelConfig, heading: Omit<Heading, "labels">): Sorted {
  const plain = [...arrays.keys()].map((stored) => ({ stored, name: stored.replaceAll(WRAPPERS, "") }));
  const modules = allMatrices(config, { ...heading, labels: 1 });
  const family = familyOf(config);
  const prefix = prefixOf(
    plain.map(({ name }) => moduleOf(name).module),
    modules,
    family,
  );
  const found = new Map<string, Map<Part, string>>(modules.map(({ name }) => [name, new Map()]));
  const others = new Map<string, string>();
  for (const { stored, name } of plain) {
    const own = name.startsWith(prefix) ? canonicalName(name.slice(prefix.length), family) : name;
    const { module, part } = moduleOf(own);
    const parts = found.get(module);
    if (!parts) {
      others.set(own, stored);
      continue;
    }
    const other = parts.get(part);
    if (other !== undefined)
      throw new InputError(
        `without prefixes, it has the same name as ${quoted(other)}`,
        { file, at: `tensor ${stored}` },
        "keep only the arrays of one model in the file",
      );
    parts.set(part, stored);
  }
  const classifier = modules.find(({ kind }) => kind === "T")!;
  const own = [...found.get(classifier.name)!.values()].find((name) => arrays.get(name)!.shape.length === 2);
  const labels = own === undefined ? 1 : arrays.get(own)!.shape[0]!;
  if (!labels)
    throw new InputError("the classifier has no rows", { file, at: `tensor ${own}` }, "save it again: it is damaged");
  const all = modules.map((matrix) => (matrix === classifier ? { ...matrix, rows: labels } : matrix));
  return {
    matrices: all.map((matrix) => ({ matrix, parts: found.get(matrix.name)! })).filter(({ parts }) => parts.size),
    ...{ all, others, prefix },
  };
}

function moduleOf(name: string): { module: string; part: Part } {
  const [ending = "", what = "alone"] = ENDING.exec(name) ?? [];
  const part = PARTS.find((known) => known === what) ?? "mask"; // weight.mask
  return { module: name.slice(0, name.length - ending.length), part };
}

/** What a wrapper put before the model's names, without the family's own prefix. */
function prefixOf(names: readonly string[], modules: readonly Matrix[], family: Family): string {
  const known = new Set(modules.filter(({ layer }) => layer !== null).map(({ name }) => name));
  for (const name of names) {
    if (known.has(canonicalName(name, family))) return "";
    for (let dot = name.indexOf("."); dot >= 0; dot = name.indexOf(".", dot + 1))
      if (known.has(canonicalName(name.slice(dot + 1), family))) return name.slice(0, dot + 1);
  }
  return "";
}
