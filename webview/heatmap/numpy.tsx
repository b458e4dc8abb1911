// Copies Python code that reads a mask, a matrix or an attention head as numpy arrays.

import type { MatrixDescription } from "../../src/mask/describe.ts";
import { type HeadPlace, headAsNumpy, maskAsNumpy, matrixAsNumpy } from "../../src/mask/numpy.ts";
import { headName, placeOf } from "../draw/layers.ts";
import { copyText } from "../ui/announce.tsx";
import * as l10n from "../ui/l10n.ts";
import type { MenuItem } from "../ui/menu.tsx";
import { Button } from "../ui/toolkit.tsx";
import { unpackingCommand } from "./command.ts";
import type { Described } from "./state.ts";

/** What the copied code reads: the whole mask, a matrix, or a head. */
type Part = "mask" | { readonly matrix: MatrixDescription } | HeadPlace;

/** Code for the file, or for the plain file to be made of it. */
function textOf({ description: { file, packed, ...mask } }: Described, part: Part): string | undefined {
  if (!packed) return plainText(file, mask, part);
  const text = plainText(PLAIN, mask, part);
  return text && `# The file is packed. First: ${unpackingCommand(file, PLAIN)}\n${text}`;
}

const PLAIN = "plain.mask.safetensors";

type Matrices = Pick<Described["description"], "matrices" | "base">;

function plainText(file: string, { matrices, base }: Matrices, part: Part): string | undefined {
  if (part === "mask") return maskAsNumpy(file);
  if ("matrix" in part) return matrixAsNumpy(file, part.matrix);
  return headAsNumpy(file, matrices, base, part);
}

function nameOf(part: Part): string {
  if (part === "mask") return l10n.t("the mask");
  if ("matrix" in part) {
    const { kind, layer } = part.matrix;
    if (layer === null) return kind === "P" ? l10n.t("the pooler") : l10n.t("the classifier");
    return placeOf(part.matrix);
  }
  if (part.kind === "cross") return l10n.t("{0} · cross attention", headName(part));
  return part.kind === "all" ? headName(part) : `${headName(part)} · ${part.kind}`;
}

function copied(subject: Described, part: Part): (() => void) | undefined {
  const text = textOf(subject, part);
  const said = l10n.t("Copied Python code that reads {0} as a NumPy array", nameOf(part));
  return text === undefined ? undefined : () => copyText(text, said);
}

export function NumpyButton({ subject, of }: { readonly subject: Described; readonly of: Part }) {
  const onClick = copied(subject, of);
  return onClick && <Button text={l10n.t("Copy {0} as NumPy", nameOf(of))} onClick={onClick} />;
}

/** The item for a table row's menu; none if the code cannot be written for this part. */
export function numpyItems(subject: Described, part: Part): MenuItem[] {
  const onChoose = copied(subject, part);
  return onChoose ? [{ title: l10n.t("Copy {0} as NumPy", nameOf(part)), onChoose }] : [];
}
