// The tensors of a model under a task, in the order in which fused products want their neighbours.

import { BLOCK_KINDS } from "../kinds.ts";
import type { ModelConfig } from "../model/config.ts";
import { namesOf } from "../model/names.ts";
import type { ClassifierShape } from "../recipe/recipe.ts";
import type { NamedShape } from "./store.ts";

export function layout(config: ModelConfig, { classifier, labels }: ClassifierShape): NamedShape[] {
  const names = namesOf(config);
  const { width, feedForward } = config;
  const linear = (module: string, rows: number, columns: number): NamedShape[] => [
    { name: `${module}.weight`, shape: [rows, columns] },
    { name: `${module}.bias`, shape: [rows] },
  ];
  const norm = (module: string): NamedShape[] => [
    { name: `${module}.weight`, shape: [width] },
    { name: `${module}.bias`, shape: [width] },
  ];
  const { embeddings } = names;
  const blocks = Array.from({ length: config.blocks }, (_, block) => {
    const [Q, K, V, AO, I, O] = BLOCK_KINDS.map((kind) => names.matrices[kind](block));
    const attention = [Q!, K!, V!].map((module) => linear(module, width, width));
    return [
      ...attention.map(([weight]) => weight!),
      ...attention.map(([, bias]) => bias!),
      ...linear(AO!, width, width),
      ...norm(names.attentionNorm(block)),
      ...linear(I!, feedForward, width),
      ...linear(O!, width, feedForward),
      ...norm(names.outputNorm(block)),
    ];
  }).flat();
  const table = (module: string, rows: number) => ({ name: `${module}.weight`, shape: [rows, width] });
  return [
    table(embeddings.words, config.vocabSize),
    table(embeddings.positions, config.positions + config.positionOffset),
    ...(embeddings.types ? [table(embeddings.types, config.typeVocabSize)] : []),
    ...norm(embeddings.norm),
    ...blocks,
    ...(classifier === "token"
      ? linear(names.token, labels, width)
      : [...linear(names.sequence.P, width, width), ...linear(names.sequence.T, labels, width)]),
  ];
}
