// Python code that reads the bits of a whole mask, a matrix or an attention head from a mask file as numpy arrays.

import { isHeadKind, type MatrixKind } from "../kinds.ts";
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
  /** The kind of matrix whose part is read; "all" reads the head's parts in Q, K, V and AO. */
  readonly kind: MatrixKind | "all";
}

/**
 * A head's rows in Q, K and V and its columns in AO, by kind; undefined if none of the requested matrices is
 * masked, or if the heads do not divide one of these matrices evenly.
 */
export function headAsNumpy(
  file: string,
  matrices: readonly MatrixFacts[],
  heads: number,
  { layer, head, kind }: HeadPlace,
): string | undefined {
  const own = matrices.filter(
    (one) => one.layer === layer && isHeadKind(one.kind) && (kind === "all" || one.kind === kind),
  );
  const parts = own.map(({ name, kind, rows, columns }) => {
    const size = (kind === "AO" ? columns : rows) / heads;
    const lines = `${head * size}:${(head + 1) * size}`;
    const slice = kind === "AO" ? `[:, ${lines}]` : `[${lines}]`;
    return Number.isInteger(size)
      ? { kind, slice, line: `${unpacked(pythonString(name), String(columns))}${slice}` }
      : null;
  });
  if (!parts.length || parts.includes(null)) return undefined;
  return script(
    "import numpy as np",
    "from safetensors import safe_open",
    "",
    `# head[KIND]: the rows (for AO, the columns) of head L${layer}H${head}; bool, True where the weight is kept`,
    OPEN(file),
    "    head = {",
    ...parts.map((part) => `        "${part!.kind}": ${part!.line},`),
    "    }",
  );
}
