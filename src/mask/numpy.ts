// Python code that reads the bits of a whole mask, a matrix or an attention head from a mask file as numpy arrays.

import {
  type HeadLayout,
  type HeadView,
  headCount,
  isByColumn,
  isGrouped,
  isWholeHead,
  kindsOfView,
} from "../anatomy/heads.ts";
import { headName, type Stacks } from "../anatomy/layers.ts";
import type { MatrixFacts } from "./metadata.ts";

/** Characters that are escaped in a Python string: quotes, backslashes, and invisible characters except the space. */
const ESCAPED = /["\\\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

/** A Python string literal with this value. */
function pythonString(text: string): string {
  const escaped = text.replace(ESCAPED, (character) => {
    if (character === '"' || character === "\\") return `\\${character}`;
    const code = character.codePointAt(0)!.toString(16);
    return code.length > 4 ? `\\U${code.padStart(8, "0")}` : `\\u${code.padStart(4, "0")}`;
  });
  return `"${escaped}"`;
}

const OPEN = (file: string) => `with safe_open(${pythonString(file)}, framework="np") as file:`;
const unpacked = (tensor: string, columns: string) =>
  `np.unpackbits(file.get_tensor(${tensor}), axis=1, count=${columns}, bitorder="little").astype(bool)`;

/** Lines of Python with an empty line at the end, so that pasting them at a Python prompt runs the last block. */
const script = (...lines: readonly string[]): string => `${lines.join("\n")}\n\n`;

/** All matrices of a mask, by name. */
export function maskAsNumpy(file: string): string {
  return script(
    "import json",
    "import numpy as np",
    "from safetensors import safe_open",
    "",
    "# masks[NAME]: bool [rows, columns], True where the weight is kept",
    OPEN(file),
    "    masks = {",
    `        matrix["name"]: ${unpacked('matrix["name"]', 'matrix["columns"]')}`,
    '        for matrix in json.loads(file.metadata()["matrices"])',
    "    }",
  );
}

type Shape = Pick<MatrixFacts, "name" | "rows" | "columns">;

export function matrixAsNumpy(file: string, { name, rows, columns }: Shape): string {
  return script(
    "import numpy as np",
    "from safetensors import safe_open",
    "",
    `# mask: bool [${rows}, ${columns}], True where the weight is kept`,
    OPEN(file),
    `    mask = ${unpacked(pythonString(name), String(columns))}`,
  );
}

export interface HeadPlace {
  readonly layer: number;
  readonly head: number;
  /** The kind of matrix whose part is read, or all the head's parts in self-attention ("all") or cross attention. */
  readonly kind: HeadView;
}

/**
 * A head's rows in queries, keys and values and its columns in attention outputs, by kind; undefined if none of the requested matrices is
 * masked, or if the heads do not divide one of these matrices evenly.
 */
export function headAsNumpy(
  file: string,
  matrices: readonly MatrixFacts[],
  base: HeadLayout & Stacks,
  { layer, head, kind }: HeadPlace,
): string | undefined {
  const kinds = kindsOfView(kind, base);
  const own = matrices.filter((one) => one.layer === layer && kinds.some((wanted) => wanted === one.kind));
  const parts = own.map(({ name, kind, rows, columns }) => {
    const size = (isByColumn(kind) ? columns : rows) / headCount(kind as HeadView, base);
    const lines = `${head * size}:${(head + 1) * size}`;
    const slice = isByColumn(kind) ? `[:, ${lines}]` : `[${lines}]`;
    return Number.isInteger(size)
      ? { kind, slice, line: `${unpacked(pythonString(name), String(columns))}${slice}` }
      : null;
  });
  if (!parts.length || parts.includes(null)) return undefined;
  return script(
    "import numpy as np",
    "from safetensors import safe_open",
    "",
    `# head[KIND]: the rows (for ${kinds.includes("CAO") ? "CAO" : "AO"}, the columns) of head ${headName({ layer, head }, base)}; bool, True where the weight is kept`,
    ...(isGrouped(base) && isWholeHead(kind)
      ? [`# without its keys and values, which ${base.heads / headCount("K", base)} heads share`]
      : []),
    OPEN(file),
    "    head = {",
    ...parts.map((part) => `        "${part!.kind}": ${part!.line},`),
    "    }",
  );
}
