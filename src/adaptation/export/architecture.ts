// The classes of transformers that load exported models.

import type { LabelledKind } from "../../data/examples.ts";
import { InputError } from "../../errors.ts";
import type { Adaptation } from "../../mask/file.ts";
import type { ModelConfig } from "../../model/config.ts";
import { familyOf } from "../../model/families/families.ts";
import { shapeOf } from "../read.ts";

const HEADINGS: Record<LabelledKind, string> = {
  sentence: "ForSequenceClassification",
  pair: "ForSequenceClassification",
  tagging: "ForTokenClassification",
  document: "ForTokenClassification",
  choice: "ForMultipleChoice",
};

/** The class of a language model: of a decoder (GPT-2's has a name of its own) or of an encoder–decoder. */
export function languageArchitecture(config: Pick<ModelConfig, "modelType" | "stacks">): string {
  const { className } = familyOf(config);
  if (config.stacks === "encoder-decoder") return `${className}ForConditionalGeneration`;
  return className + (config.modelType === "gpt2" ? "LMHeadModel" : "ForCausalLM");
}

/** The class for an adaptation's task. Throws an InputError if there is none. */
export function architectureOf(adaptation: Adaptation, config: ModelConfig): string {
  const { kind, classifier } = shapeOf(adaptation);
  if (classifier === "language") return languageArchitecture(config);
  const { className, multipleChoice } = familyOf(config);
  if (kind === "choice" && !multipleChoice)
    throw new InputError(
      `transformers has no multiple-choice model with this classifier for ${className}`,
      { file: adaptation.file },
      "export an adaptation for another kind of task",
    );
  return className + HEADINGS[kind as LabelledKind];
}
