// masklens export: writes an adaptation as a complete model, for transformers or as ONNX.

import path from "node:path";
import { EXPORT_FORMATS, type ExportFormat } from "../adaptation/export/export.ts";
import { InputError } from "../errors.ts";
import { bytes } from "../numbers.ts";
import { didYouMean } from "../suggest.ts";
import { quoted } from "../visible.ts";
import { type Command, JSON_FLAG, MODEL_FLAG } from "./command.ts";
import { withCompute } from "./compute.ts";
import { outOf, pathsOf } from "./flag-values.ts";
import { prunedText } from "./tables/pruned.ts";
import { named, print, printJson } from "./terminal.ts";
import { shorter } from "./train.ts";

export const command: Command = {
  summary: "write an adaptation as a complete model, for transformers or as ONNX",
  usage: ["export ADAPTATION --out DIR [--format safetensors|onnx] [--prune] [--model DIR]"],
  about:
    "Writes a model folder in the Hub's layout: the base model's weights with the masked ones set to zero (or replaced by the tuned ones), the classifier, config.json with the labels, and the tokenizer. With --format onnx the weights are in model.onnx, which takes one example (input_ids, attention_mask and, if the model has segments, token_type_ids, each padded to the run's maximum length) and returns its logits. The zeros are unstructured: the model is as large and as fast as its base model. Adaptations of language and generation tasks are exported for AutoModelForCausalLM or, of encoder–decoders, AutoModelForSeq2SeqLM, and have no ONNX format. With --prune, attention heads and neurons that the mask leaves dead are removed, with equal outputs; parameters, bytes and latency are printed before and after. A model for transformers has one intermediate size for all layers and keeps all heads; an ONNX file takes out everything that is dead.",
  flags: {
    out: { value: "DIR", explanation: "a new or empty folder" },
    format: { value: "FORMAT", explanation: "safetensors (default) or onnx" },
    prune: { explanation: "remove dead heads and neurons, and measure the effect" },
    model: MODEL_FLAG,
    json: JSON_FLAG,
  },
  examples: [
    [
      "masklens export masks/sst2/sst2.mask.safetensors --out models/sst2",
      'then in Python: AutoModelForSequenceClassification.from_pretrained("models/sst2")',
    ],
  ],
  async run({ given, positionals }, terminal) {
    const [adaptation, ...more] = positionals;
    if (adaptation === undefined || more.length)
      throw new InputError("export takes one adaptation", {}, "run masklens export FILE --out DIR");
    const out = outOf(given);
    const format = formatOf(given.get("format"));
    const result = await withCompute(terminal, (compute, signal) =>
      compute.ask(
        "export",
        {
          adaptation: path.resolve(adaptation),
          out,
          ...(format && { format }),
          ...(given.has("prune") && { prune: true }),
          ...pathsOf(given, "model"),
        },
        { signal },
      ),
    );
    if (given.has("json")) printJson(terminal, result);
    else {
      print(
        terminal.out,
        `${shorter(result.folder)}: ${articleOf(result.architecture)} ${named(result.architecture)}, ${bytes(result.bytes)}\n`,
      );
      if (result.pruned) print(terminal.out, `\n${prunedText(result.pruned)}`);
    }
  },
};

function formatOf(given: string | undefined): ExportFormat | undefined {
  const format = EXPORT_FORMATS.find((known) => known === given);
  if (given === undefined || format) return format;
  const all = `choose ${EXPORT_FORMATS.join(" or ")}`;
  throw new InputError(`unknown format ${quoted(given)}`, { at: "--format" }, didYouMean(given, EXPORT_FORMATS, all));
}

/** The article of a class of transformers, some of whose names begin with letters that are read one by one. */
const articleOf = (name: string) => (/^(?:[AEIO]|M[BP]|XLM)/.test(name) ? "an" : "a");
