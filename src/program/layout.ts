// The tensors of a model for a task, ordered so that tensors used together in a fused product are adjacent.

import type { ModelConfig } from "../model/config.ts";
import { namesOf } from "../model/names.ts";
import type { ClassifierShape } from "../recipe/recipe.ts";
import type { NamedShape } from "./store.ts";

export function layout(config: ModelConfig, { classifier, words, labels }: ClassifierShape): NamedShape[] {
  const names = namesOf(config);
  const { hiddenSize, feedForward } = config;
  const linear = (module: string, rows: number, columns: number): NamedShape[] => [
    { name: `${module}.weight`, shape: [rows, columns] },
    { name: `${module}.bias`, shape: [rows] },
  ];
  const norm = (module: string): NamedShape[] => [
    { name: `${module}.weight`, shape: [hiddenSize] },
    { name: `${module}.bias`, shape: [hiddenSize] },
  ];
  const { embeddings } = names;
  const layers = Array.from({ length: config.layers }, (_, layer) => {
    const [Q, K, V, AO, I, O] = (["Q", "K", "V", "AO", "I", "O"] as const).map((kind) => names.matrices[kind]!(layer));
    const attention = [Q!, K!, V!].map((module) => linear(module, hiddenSize, hiddenSize));
    return [
      ...attention.map(([weight]) => weight!),
      ...attention.map(([, bias]) => bias!),
      ...linear(AO!, hiddenSize, hiddenSize),
      ...norm(names.attentionNorm(layer)),
      ...linear(I!, feedForward, hiddenSize),
      ...linear(O!, hiddenSize, feedForward),
      ...norm(names.outputNorm(layer)),
    ];
  }).flat();
  const table = (module: string, rows: number) => ({ name: `${module}.weight`, shape: [rows, hiddenSize] });
  return [
    table(embeddings.words, config.vocabSize),
    table(embeddings.positions, config.positions + config.positionOffset),
    ...(embeddings.types ? [table(embeddings.types, config.typeVocabSize)] : []),
    ...norm(embeddings.norm),
    ...layers,
    ...(classifier === "token"
      ? linear(names.token, labels, hiddenSize)
      : [
          ...linear(words ? names.words.dense : names.sequence.P, hiddenSize, hiddenSize),
          ...(words ? norm(names.words.norm) : []),
          ...linear(names.sequence.T, labels, hiddenSize),
        ]),
  ];
}
