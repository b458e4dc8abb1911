// Removes the prefixes that tensor names have if the model was wrapped when it was saved: "module." from DataParallel,
// "_orig_mod." from torch.compile, "0.auto_model." from sentence-transformers, or an attribute of another model.

import { InputError } from "../../errors.ts";
import { quoted } from "../../visible.ts";
import type { Family } from "../families/family.ts";
import { canonicalName } from "../names.ts";

/** Wrapper modules, which can occur in the middle of names. */
export const WRAPPERS = /(?<=^|\.)(?:_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)\./g;

/** The maximum number of prefixes listed in a message. */
const NAMED = 4;

export interface CanonicalNames {
  /** Canonical names by stored name. */
  readonly names: ReadonlyMap<string, string>;
  /** Sentences that name the removed prefixes; empty if only the family's own prefix was removed. */
  readonly notes: readonly string[];
}

/**
 * The canonical names (see `canonicalName`) of pretrained tensors. The prefix is taken from the name of the word
 * embeddings, which every model has: the part before the family's prefix (such as "bert.") is removed from all names
 * that start with this part, so `module.classifier.weight` is found as well as `module.bert.…`. Throws an InputError
 * that names the prefixes if there are several models; `file` is named in errors.
 */
export function canonicalNames(stored: readonly string[], family: Family, file: string): CanonicalNames {
  const words = `${family.names.embeddings.words}.weight`;
  const plain = new Map(stored.map((name) => [name, name.replaceAll(WRAPPERS, "")]));
  const found = [...new Set(plain.values())]
    .filter((name) => name === words || name.endsWith(`.${words}`))
    .map((name) => name.slice(0, -words.length));
  if (found.length > 1) {
    const shown = found.slice(0, NAMED).map((prefix) => (prefix ? `under ${quoted(prefix)}` : "without a prefix"));
    throw new InputError(
      `the weights contain ${found.length} models: ${shown.join(", ")}`,
      { file },
      "save only the model you want, with its own config.json",
    );
  }
  const outer = found.length ? wrapperOf(found[0]!, family) : "";
  const names = new Map<string, string>();
  for (const [name, without] of plain)
    names.set(name, without.startsWith(outer) ? canonicalName(without.slice(outer.length), family) : without);
  const left = new Set([outer, ...stored.flatMap((name) => name.match(WRAPPERS) ?? [])].filter(Boolean));
  const shown = [...left].map((part) => quoted(part)).join(" and ");
  return {
    names,
    notes: left.size ? [`Tensor names are read without ${shown}, which a wrapper of the model added.`] : [],
  };
}

/** The part of a prefix that does not belong to the family. */
function wrapperOf(prefix: string, family: Family): string {
  const own = family.names.prefix;
  return prefix === own || prefix.endsWith(`.${own}`) ? prefix.slice(0, prefix.length - own.length) : prefix;
}
