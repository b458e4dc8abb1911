// npm run bench pruned: exports masks that were generated to leave heads and neurons dead with --prune, compares outputs and latency with
// the whole model's in ONNX Runtime and, by MASKLENS_PYTHON (which needs torch and transformers), in transformers; writes
// docs/pruned.md.

import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { openBase } from "../../../src/adaptation/base.ts";
import { valuesOf } from "../../../src/adaptation/export/cut.ts";
import { exportModel, type PrunedExport } from "../../../src/adaptation/export/export.ts";
import { compareLatency, type Latency } from "../../../src/adaptation/export/latency.ts";
import type { OnnxModel } from "../../../src/adaptation/export/onnx.ts";
import { prune, type WholeModel } from "../../../src/adaptation/export/prune.ts";
import { Random } from "../../../src/data/random.ts";
import { type BitMatrix, emptyBits } from "../../../src/mask/bits.ts";
import { sum } from "../../../src/mask/statistics.ts";
import type { Matrix } from "../../../src/model/names.ts";
import { bytes, fixed, grouped } from "../../../src/numbers.ts";
import type { TensorBytes } from "../../../src/safetensors.ts";
import { deadMask } from "../../adaptation/dead-masks.ts";
import { maskFile } from "../../adaptation/tiny.ts";
import { FAMILIES } from "../../program/masked-fixture.ts";
import { markdown } from "../markdown.ts";
import { minilm } from "../tasks.ts";

const LENGTH = 128;
/** How long two models are measured in ONNX Runtime. */
const SECONDS = 30;
const [HEADS, NEURONS] = [12, 1536];

/** A generated mask: the share of each layer's heads and neurons that lives, and that of the other weights. */
interface Case {
  readonly name: string;
  readonly what: string;
  readonly layers: readonly number[];
  readonly density: number;
}

const STRUCTURED: readonly Case[] = [
  {
    name: "half",
    what: "half of the heads and half of the neurons in each layer",
    layers: Array(6).fill(0.5),
    density: 1,
  },
  {
    ...{ name: "uneven", what: "half of them, unevenly: none in layer 0, all in layer 5" },
    ...{ layers: [1, 5 / 6, 4 / 6, 2 / 6, 1 / 6, 0], density: 1 },
  },
];
const UNSTRUCTURED: readonly Case[] = [1, 0.95, 0.5, 0.1].map((density) => ({
  ...{ name: `zeros-${Math.round(100 * (1 - density))}`, layers: Array(6).fill(1), density },
  what: `${Math.round(100 * (1 - density))} %`,
}));

/** An entry of transformers_latency.py. */
interface InTransformers {
  readonly afterRemoval: boolean;
  readonly seconds: number;
  readonly ratio: Latency["ratio"];
  readonly parameters: number;
  readonly difference: number;
  readonly threads: number;
}

/** Which of `count` parts of a layer live: a share of them, drawn from a fixed seed. */
function livingOf(what: string, count: number, share: number): Set<number> {
  const random = new Random(1, what);
  const parts = Array.from({ length: count }, (_, part) => ({ part, key: random.below(2 ** 31) }));
  parts.sort((a, b) => a.key - b.key);
  return new Set(parts.slice(0, Math.round(count * share)).map(({ part }) => part));
}

function bitsOf({ layers, density }: Case, { name, layer, kind, rows, columns }: Matrix): BitMatrix {
  const share = layer === null ? 1 : layers[layer]!;
  const isNeuron = kind === "I" || kind === "O";
  const count = isNeuron ? NEURONS : HEADS;
  const living = livingOf(`${isNeuron ? "neurons" : "heads"} of layer ${layer}`, count, share);
  const byColumn = kind === "AO" || kind === "O";
  const size = (byColumn ? columns : rows) / count;
  const bits = emptyBits(rows, columns);
  const random = new Random(1, name);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const isLiving = layer === null || living.has(Math.floor((byColumn ? column : row) / size));
      if (isLiving && (density === 1 || random.below(1000) < 1000 * density))
        bits.bytes[row * bits.stride + (column >> 3)]! |= 1 << (column & 7);
    }
  return bits;
}

async function python(script: string, args: readonly string[]): Promise<string> {
  const { MASKLENS_PYTHON: command } = process.env;
  if (!command) throw new Error("MASKLENS_PYTHON is not set: give the path of a Python with torch and transformers");
  // Threads of PyTorch block instead of spinning while they wait, like those of ONNX Runtime under MASKLENS_SPINNING=0.
  const env = { ...process.env, ...(process.env.MASKLENS_SPINNING === "0" && { OMP_WAIT_POLICY: "passive" }) };
  return (await promisify(execFile)(command, [script, ...args], { env, maxBuffer: 1e8 })).stdout;
}

const inTransformers = async (folders: readonly string[]): Promise<InTransformers[]> =>
  JSON.parse(await python("test/bench/speed/transformers_latency.py", [String(LENGTH), ...folders]));

/** The model in an exported folder. */
async function modelIn(folder: string): Promise<WholeModel> {
  const { config, pretrained } = await openBase(folder);
  const tensors: TensorBytes[] = [];
  for (const [name, { type, shape }] of pretrained.tensors)
    tensors.push({ name, type, shape, bytes: await pretrained.readRaw(name) });
  await pretrained.close();
  return { config, tensors };
}

/** As `export` measures it, but for longer, because other work shares the processor. */
function latencyOf(before: WholeModel, after: WholeModel): Promise<Latency> {
  const onnxOf =
    ({ config, tensors }: WholeModel) =>
    (): OnnxModel => ({
      ...{ classifier: "sequence", config, length: LENGTH },
      weights: new Map(tensors.map((tensor) => [tensor.name, valuesOf(tensor)])),
    });
  return compareLatency([onnxOf(before), onnxOf(after)], { seconds: SECONDS, most: 1001 });
}

const ratioText = ({ value, low, high }: Latency["ratio"]) => `${fixed(value, 2)} (${fixed(low, 2)}–${fixed(high, 2)})`;
const ms = (seconds: number) => (1000 * seconds).toPrecision(3);

interface Found {
  readonly one: Case;
  readonly exports: readonly { readonly format: string; readonly pruned: PrunedExport }[];
  readonly python: readonly InTransformers[];
}

async function structured(home: string, one: Case): Promise<Found> {
  const mask = await maskFile(home, one.name, ["no", "yes"], {
    base: minilm(),
    bitsOf: (matrix) => bitsOf(one, matrix),
  });
  const place = (name: string) => path.join(home, `${one.name}-${name}`);
  await exportModel({ adaptation: mask, out: place("whole") });
  const whole = await modelIn(place("whole"));
  const exports: Found["exports"][number][] = [];
  for (const format of ["safetensors", "onnx"] as const) {
    const { pruned } = await exportModel({ adaptation: mask, out: place(format), format, prune: true });
    const less = prune(whole, { labels: 2 }, format === "onnx" ? "layer" : "model");
    const latency = pruned!.latency && (await latencyOf(whole, less));
    exports.push({ format, pruned: { ...pruned!, latency } });
    console.log(`${one.name}, ${format}: ${latency ? ratioText(latency.ratio) : "nothing removed"}`);
  }
  const python = await inTransformers([place("whole"), place("safetensors")]);
  console.log(`${one.name}, transformers: ${python.map(({ ratio }) => ratioText(ratio)).join(", ")}`);
  return { one, exports, python };
}

interface Zeros {
  readonly one: Case;
  readonly pruned: PrunedExport;
  readonly onnx: Latency;
  readonly python: InTransformers;
}

async function unstructured(home: string): Promise<Zeros[]> {
  const place = (one: Case) => path.join(home, one.name);
  const removed: PrunedExport[] = [];
  for (const one of UNSTRUCTURED) {
    const mask = await maskFile(home, one.name, ["no", "yes"], {
      base: minilm(),
      bitsOf: (matrix) => bitsOf(one, matrix),
    });
    removed.push((await exportModel({ adaptation: mask, out: place(one), prune: true })).pruned!);
  }
  const python = await inTransformers(UNSTRUCTURED.map(place));
  console.log(`unstructured, transformers: ${python.map(({ ratio }) => ratioText(ratio)).join(", ")}`);
  const dense = await modelIn(place(UNSTRUCTURED[0]!));
  const found: Zeros[] = [];
  for (const [i, one] of UNSTRUCTURED.entries())
    found.push({
      ...{ one, pruned: removed[i]!, python: python[i]! },
      onnx: await latencyOf(dense, await modelIn(place(one))),
    });
  return found;
}

/** The tiny models of the fixtures, loaded in transformers: the largest differences from its own logits under the mask. */
async function families(home: string): Promise<string[][]> {
  const rows: string[][] = [];
  for (const family of FAMILIES) {
    const { mask } = await deadMask(family, home);
    const out = path.join(home, `tiny-${family}`);
    await exportModel({ adaptation: mask, out, prune: true });
    const { difference, afterRemoval } = JSON.parse(await python("test/fixtures/models/dead.py", [out, family]));
    rows.push([family, difference.toExponential(1), afterRemoval.toExponential(1)]);
  }
  return rows;
}

export async function benchPruned(): Promise<void> {
  const home = mkdtempSync(path.join(tmpdir(), "masklens-pruned-"));
  try {
    const tiny = await families(home);
    const found: Found[] = [];
    for (const one of STRUCTURED) found.push(await structured(home, one));
    writeFileSync("docs/pruned.md", page(tiny, found, await unstructured(home)));
  } finally {
    rmSync(home, { recursive: true });
  }
}

const change = ({ before, after }: { before: number; after: number }, text: (value: number) => string) =>
  `${text(before)} → ${text(after)}`;

function page(tiny: readonly string[][], found: readonly Found[], zeros: readonly Zeros[]): string {
  const size = (value: number) => `${fixed(value / 1e6, 1)}`;
  const structuredRows = found.flatMap(({ one, exports }) =>
    exports.map(({ format, pruned: { layers, parameters, bytes: file, latency } }) => [
      ...[one.what, format],
      `${sum(layers, ({ heads }) => heads.removed)} of ${HEADS * 6}`,
      `${grouped(sum(layers, ({ neurons }) => neurons.removed))} of ${grouped(NEURONS * 6)}`,
      ...[change(parameters, size), change(file, bytes)],
      ...(latency
        ? [change(latency, ms), ratioText(latency.ratio), latency.difference.toExponential(1)]
        : ["the same model", "–", "–"]),
    ]),
  );
  const pythonRows = found.flatMap(({ one, python }) =>
    python.map(({ afterRemoval, seconds, ratio, parameters, difference }, i) => [
      one.what,
      i === 0 ? "without `--prune`" : afterRemoval ? "with `--prune`, then `remove_dead`" : "with `--prune`",
      ...[size(parameters), ms(seconds), i === 0 ? "1" : ratioText(ratio), i === 0 ? "" : difference.toExponential(1)],
    ]),
  );
  const zeroRows = zeros.map(({ one, pruned, onnx, python }) => [
    one.what,
    String(sum(pruned.layers, ({ heads, neurons }) => heads.dead + neurons.dead)),
    pruned.nearest.neuron ? `${pruned.nearest.neuron.weights} of ${pruned.nearest.neuron.of}` : "–",
    ...[ratioText(onnx.ratio), ratioText(python.ratio)],
  ]);
  const { processor, processors, pairs } = found[0]!.exports[0]!.pruned.latency!;
  return `# What can be removed from a model under a mask

Made by \`npm run bench pruned\` on ${processor}, ${processors} logical processors shared with other work${process.env.MASKLENS_SPINNING === "0" ? ", so that threads block instead of spinning while they wait" : ""}. Latencies are those of one example of ${LENGTH} tokens; every ratio is the median over alternating runs of both models in one process, with its quartiles (ONNX Runtime: ${SECONDS} s, ${pairs} pairs for the first model; transformers: ${found[0]!.python[0]!.threads} threads, 41 rounds). Masks are generated, over all-MiniLM-L6-v2 (6 layers of ${HEADS} heads and ${grouped(NEURONS)} neurons); what such masks cost in accuracy is not a question of this page.

\`masklens export --prune\` removes what contributes the same to every text, and adds that contribution to the next bias. In inference, without dropout, outputs stay the same up to rounding.

## What is dead

| part | dead if | what it still adds |
| --- | --- | --- |
| neuron of the feed-forward network | its column of the output matrix is all zeros | nothing |
| | its row of the intermediate matrix is all zeros | the activation of its bias, times its column |
| attention head | each of its dimensions has a row of zeros in the value matrix or a column of zeros in the attention output | the value bias of each dimension, times its column: attention weights sum to 1, whatever query and key are |
| neuron of the pooler (or its like) | as for another neuron, with the classifier after it | as for another neuron |

Weights count as they are in the exported model: masked, or replaced by tuned ones. Biases that were trained beside a mask are used as they are. A head whose query or key weights are all zeros is not dead: it spreads its attention evenly, or by its biases, and still reads the text.

What is dead but stays, because its size is one for the whole model: single dimensions of a head that is alive by others (a value dimension as above; a dimension of queries and keys if its row of the key matrix is all zeros, because it then adds the same to a query's logits of all keys, or if its row of the query matrix and the query's bias are), and rows and columns of zeros along the hidden states. \`--prune\` counts them.

## What each format can leave out

| | heads | neurons | pooler |
| --- | --- | --- | --- |
| \`--format onnx\` | all dead ones | all dead ones | all dead ones (but one if all are) |
| safetensors, for transformers | none | as many as are dead in the layer with the fewest dead ones | none |

transformers 5.18 builds every layer of BERT, RoBERTa and DistilBERT from one configuration: hidden_size / num_attention_heads is the size of a head and the attention output has hidden_size columns, so heads cannot be left out; intermediate_size is one for all layers, and layers with fewer living neurons get neurons of zeros. \`pruned_heads\`, which version 4 read from config.json, is no longer there. What is dead and stays is read by zeros only. These lines, called as \`remove_dead(model)\`, remove it after loading, layer by layer (at least one head and one neuron stay):

\`\`\`python
${readFileSync("test/fixtures/models/remove_dead.py", "utf8").trimEnd()}
\`\`\`

MaskLens reads a pruned safetensors folder as a base model; it does not read ONNX files, beside which config.json has the sizes of the whole model.

## Equal outputs in transformers

Tiny models of each family under masks with dead heads, neurons and lines (\`test/fixtures/models/dead.py\`): the largest difference of a logit between the export loaded in transformers and the masked model in transformers, in float64. Tests hold the same logits against MaskLens's own and against the ONNX file in ONNX Runtime.

${markdown(["family", "largest difference", "after `remove_dead`"], tiny).join("\n")}

## Structured masks: ONNX Runtime

Sizes of the models and of their files in millions of parameters and in bytes; latency in milliseconds, without → with \`--prune\`. The difference is the largest of a logit on the measured example. For safetensors, the same model was measured in ONNX Runtime.

${markdown(["dead", "format", "heads removed", "neurons removed", "parameters, millions", "file", "ms", "ratio", "difference"], structuredRows).join("\n")}

## Structured masks: transformers

The difference is the largest of a logit over 32 random sequences, from the export without \`--prune\`.

${markdown(["dead", "export", "parameters, millions", "ms", "ratio", "difference"], pythonRows).join("\n")}

## Unstructured zeros bring no speed

The share of zeros is the same in every matrix, drawn weight by weight, and nothing else differs. Ratios are to the model without zeros.

${markdown(["zeros", "dead heads and neurons", "nearest neuron is alive by", "ONNX Runtime, ratio", "transformers, ratio"], zeroRows).join("\n")}

PyTorch and ONNX Runtime multiply by zeros as by other numbers: PyTorch's pruning module [has no advantage in inference time](https://github.com/pytorch/tutorials/issues/905), and ONNX Runtime [turns sparse weights into dense ones](https://github.com/microsoft/onnxruntime/issues/5578) when it loads a model. Runtimes that can use zeros, under their conditions:

- OpenVINO's [sparse weights decompression](https://docs.openvino.ai/2025/openvino-workflow/running-inference/inference-devices-and-modes/cpu-device.html) stores only the other weights. It is off by default, and needs a model quantized to int8, a processor with Intel AMX, and matrices whose sides are multiples of 64. It is meant for weights most of which are zeros.
- [DeepSparse](https://github.com/neuralmagic/deepsparse/issues/1676) computes with unstructured zeros on processors; its development ended on 2 June 2025.
- NVIDIA's [sparse tensor cores](https://developer.nvidia.com/blog/accelerating-inference-with-sparsity-using-ampere-and-tensorrt) (TensorRT, PyTorch's semi-structured tensors) need two zeros in every four consecutive weights, the 2:4 pattern, which masks of MaskLens do not have.
- XNNPACK's [sparse inference](https://github.com/tensorflow/tensorflow/blob/master/tensorflow/lite/delegates/xnnpack/README.md#sparse-inference) is for convolutional networks, so none of these models can use it.

Their speed was not measured here.
`;
}
