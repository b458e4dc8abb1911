// What export --prune removed, what stays and why, and the effect on size and latency.

import type { PrunedExport } from "../../adaptation/export/export.ts";
import type { Nearest, Removed } from "../../adaptation/export/prune.ts";
import { between, bytes, fixed, grouped } from "../../numbers.ts";
import { percent, table } from "./table.ts";

const countOf = (count: number, one: string, many = `${one}s`) => `${grouped(count)} ${count === 1 ? one : many}`;

/** A table of the layers if anything is dead, then sentences, each on a line. */
export function prunedText(pruned: PrunedExport): string {
  const { layers, pooler, parameters, bytes: size, zeros } = pruned;
  const cells = ({ of, dead, removed }: Removed) => [`${grouped(dead)} of ${grouped(of)}`, grouped(removed)];
  const rows = layers.map(({ layer, heads, neurons }) => [`L${layer}`, ...cells(heads), ...cells(neurons)]);
  if (pooler?.dead) rows.push(["pooler", "", "", ...cells(pooler)]);
  const isDead = pooler?.dead || layers.some(({ heads, neurons }) => heads.dead + neurons.dead);
  const share = percent(parameters.after / parameters.before);
  return [
    ...(isDead ? [table(["layer", "dead heads", "removed", "dead neurons", "removed"], rows)] : []),
    ...(parameters.after < parameters.before
      ? [
          `${grouped(parameters.before)} parameters before, ${grouped(parameters.after)} after (${share} %); ${bytes(size.before)} before, ${bytes(size.after)} after.`,
          ...latencyLines(pruned),
        ]
      : [`Nothing was removed: ${bytes(size.after)}, as without --prune.`]),
    ...nearestLines(pruned),
    ...stayingLines(pruned),
    `${grouped(zeros)} of the ${grouped(parameters.after)} remaining parameters are zeros (${percent(zeros / parameters.after)} %). Unstructured zeros save neither time nor memory in PyTorch and ONNX Runtime, which multiply by them as by other numbers. Runtimes that can use them are OpenVINO (for 8-bit models on processors with Intel AMX) and DeepSparse (no longer developed).`,
    "",
  ].join("\n");
}

function latencyLines({ latency }: PrunedExport): string[] {
  if (!latency) return ["Its speed was not measured, because the whole model exceeds the 2 GiB limit of an ONNX file."];
  const { before, after, ratio, pairs, difference, length, processor, processors } = latency;
  const ms = (seconds: number) => `${(1000 * seconds).toPrecision(3)} ms`;
  const range = between(fixed(ratio.low, 2), fixed(ratio.high, 2));
  return [
    `The largest difference of a logit is ${difference.toExponential(1)} on the example that was measured.`,
    `An example of ${length} tokens takes ${ms(before)} before, ${ms(after)} after in ONNX Runtime: ${fixed(ratio.value, 2)} times as long (median of ${pairs} alternating pairs, the middle half ${range}; ${processor}, ${countOf(processors, "logical processor")}).`,
  ];
}

/** Without a dead head or neuron: the one that comes nearest. */
function nearestLines({ nearest: { head, neuron } }: PrunedExport): string[] {
  const by = ({ weights, of }: Nearest) => `${grouped(weights)} of ${grouped(of)} weights`;
  return [
    ...(head
      ? [`No attention head is dead; the nearest, L${head.layer}H${head.index}, is kept alive by ${by(head)}.`]
      : []),
    ...(neuron
      ? [
          `No neuron is dead; the nearest, neuron ${neuron.index} of layer ${neuron.layer}, is kept alive by ${by(neuron)}.`,
        ]
      : []),
  ];
}

function stayingLines({ layers, pooler, remaining }: PrunedExport): string[] {
  const lines: string[] = [];
  const staying = ({ dead, removed }: Removed) => Math.max(0, dead - removed);
  const heads = layers.reduce((sum, layer) => sum + staying(layer.heads), 0);
  const neurons = layers.reduce((sum, layer) => sum + staying(layer.neurons), 0);
  const pooled = pooler ? staying(pooler) : 0;
  if (heads)
    lines.push(
      `${countOf(heads, "dead head stays", "dead heads stay")}: transformers has one number of heads for all layers.`,
    );
  if (neurons)
    lines.push(
      `${countOf(neurons, "dead neuron stays", "dead neurons stay")}: transformers has one intermediate size for all layers, here that of the layer with the most living neurons.`,
    );
  if (pooled)
    lines.push(
      `${countOf(pooled, "dead neuron", "dead neurons")} of the pooler ${pooled === 1 ? "stays" : "stay"}, whose size is fixed in transformers.`,
    );
  if (heads || neurons || pooled)
    lines.push(
      "--format onnx removes them all; a few lines of Python remove dead heads and neurons after loading (docs/pruned.md).",
    );
  const { logits, values, rows, columns } = remaining;
  if (logits || values)
    lines.push(
      `Inside living heads, ${countOf(values, "value dimension is", "value dimensions are")} dead and ${countOf(logits, "query and key dimension", "query and key dimensions")}: they stay, because the heads of a model have one size.`,
    );
  if (rows || columns)
    lines.push(
      `${countOf(rows, "row")} of attention output and output and ${countOf(columns, "column")} of query, key, value and intermediate are zeros: they stay, because the hidden states have one size.`,
    );
  return lines;
}
