// npm run bench numpy: runs the Python that the heatmap copies as NumPy, in MASKLENS_PYTHON (which needs numpy and
// safetensors), over the masks of the tests, and compares every bit with those that MaskLens reads.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { isHeadKind } from "../../src/kinds.ts";
import { bitAt } from "../../src/mask/bits.ts";
import type { Mask, MaskMatrix } from "../../src/mask/file.ts";
import { headAsNumpy, maskAsNumpy, matrixAsNumpy } from "../../src/mask/numpy.ts";
import { pythonMask } from "../mask/fixture.ts";

const NAMES = ["sentiment", "topic", "other"];
/** Quotes, spaces, other scripts and hidden characters, which a path may have. */
const FOLDER = 'it\'s a "mask" \\ 日本 \u202e𝄞';

/** A copied text, the variable that it sets, and the bits that the variable must hold: by key, row by row as 0 and 1. */
interface Copied {
  readonly text: string;
  readonly variable: "mask" | "masks" | "head";
  readonly wanted: Readonly<Record<string, readonly string[]>>;
}

function rowsOf({ bits }: MaskMatrix, [top, bottom]: readonly number[], [left, right]: readonly number[]): string[] {
  return Array.from({ length: bottom! - top! }, (_, y) =>
    Array.from({ length: right! - left! }, (_, x) => (bitAt(bits, top! + y, left! + x) ? "1" : "0")).join(""),
  );
}

const wholeOf = (matrix: MaskMatrix) => rowsOf(matrix, [0, matrix.bits.rows], [0, matrix.bits.columns]);

function copiedOf({ matrices, metadata }: Mask, file: string): Copied[] {
  const { heads, layers } = metadata.base;
  const headPart = (matrix: MaskMatrix, head: number) => {
    const { rows, columns } = matrix.bits;
    const lines = (count: number) => [(head * count) / heads, ((head + 1) * count) / heads];
    return matrix.kind === "AO" ? rowsOf(matrix, [0, rows], lines(columns)) : rowsOf(matrix, lines(rows), [0, columns]);
  };
  const ofHeads = Array.from({ length: layers }, (_, layer) => layer).flatMap((layer) =>
    Array.from({ length: heads }, (_, head) => head).flatMap((head) =>
      (["all", "Q", "K", "V", "AO"] as const).flatMap((kind): Copied[] => {
        const text = headAsNumpy(file, metadata.matrices, { heads }, { layer, head, kind });
        const own = matrices.filter(
          (one) => one.layer === layer && isHeadKind(one.kind) && (kind === "all" || one.kind === kind),
        );
        const wanted = Object.fromEntries(own.map((matrix) => [matrix.kind, headPart(matrix, head)]));
        return text === undefined ? [] : [{ text, variable: "head", wanted }];
      }),
    ),
  );
  return [
    {
      ...{ text: maskAsNumpy(file), variable: "masks" },
      wanted: Object.fromEntries(matrices.map((matrix) => [matrix.name, wholeOf(matrix)])),
    },
    ...matrices.map(
      (matrix, i): Copied => ({
        ...{ text: matrixAsNumpy(file, metadata.matrices[i]!), variable: "mask" },
        wanted: { mask: wholeOf(matrix) },
      }),
    ),
    ...ofHeads,
  ];
}

/** Runs each text by itself and gives what its variable holds. */
const RUN = `
import json, sys
for one in json.load(sys.stdin):
    scope = {}
    exec(one["text"], scope)
    value = scope[one["variable"]]
    arrays = value if isinstance(value, dict) else {one["variable"]: value}
    assert all(array.dtype == bool for array in arrays.values())
    print(json.dumps({key: ["".join("01"[bit] for bit in row) for row in array.tolist()] for key, array in arrays.items()}))
`;

export async function benchNumpy(): Promise<void> {
  const python = process.env.MASKLENS_PYTHON;
  if (!python) throw new Error("MASKLENS_PYTHON is not set: give the path of a Python with numpy and safetensors");
  const folder = mkdtempSync(path.join(tmpdir(), `masklens-${FOLDER}-`));
  try {
    for (const name of NAMES) {
      const mask = await pythonMask(name);
      const file = path.join(folder, `${name}.mask.safetensors`);
      copyFileSync(mask.file, file);
      const all = copiedOf(mask, file);
      const input = JSON.stringify(all.map(({ text, variable }) => ({ text, variable })));
      const output = execFileSync(python, ["-c", RUN], { input, encoding: "utf8", maxBuffer: 1e9 });
      const found = output.trimEnd().split("\n");
      let bits = 0;
      for (const [i, { text, wanted }] of all.entries()) {
        if (found[i] !== undefined && sameKeys(JSON.parse(found[i]!), wanted)) {
          bits += Object.values(wanted).flat().join("").length;
          continue;
        }
        throw new Error(`${name}: this text gives other bits:\n${text}`);
      }
      console.log(`${name}: ${all.length} texts, ${bits.toLocaleString("en")} bits, all equal`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const sameKeys = (found: Copied["wanted"], wanted: Copied["wanted"]): boolean =>
  Object.keys(found).length === Object.keys(wanted).length &&
  Object.entries(wanted).every(([key, rows]) => found[key]?.join("\n") === rows.join("\n"));
