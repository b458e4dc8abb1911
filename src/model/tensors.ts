// The tensors of a model, ordered so that tensors used together in a fused product are adjacent.

import type { LayerKind } from "../kinds.ts";
import type { Shape } from "../tensor.ts";
import type { ModelConfig } from "./config.ts";
import type { Normalization } from "./design.ts";
import type { StackNames } from "./families/family.ts";
import { allMatrices, type Heading, hasCross, headWidth, namesOf } from "./names.ts";

export interface ModelTensor {
  readonly name: string;
  readonly shape: Shape;
}

/** The parameters of a linear layer with these shapes. */
export function linearTensors(module: string, [rows, columns]: Shape, isBiased = true): ModelTensor[] {
  const weight = { name: `${module}.weight`, shape: [rows!, columns!] };
  return isBiased ? [weight, { name: `${module}.bias`, shape: [rows!] }] : [weight];
}

/** The parameters of a normalization over `size` values. */
export function normTensors(
  { norm, isNormBiased }: Omit<Normalization, "normEpsilon">,
  module: string,
  size: number,
): ModelTensor[] {
  const weight = { name: `${module}.weight`, shape: [size] };
  return norm === "rms" || !isNormBiased ? [weight] : [weight, { name: `${module}.bias`, shape: [size] }];
}

/** The tensors that are multiplied as one, by the kinds of their matrices. */
const FUSED: readonly (readonly LayerKind[])[] = [
  ["Q", "K", "V"],
  ["AO"],
  ["CQ"],
  ["CK", "CV"],
  ["CAO"],
  ["G", "I"],
  ["O"],
];

/** Every tensor below the classifier, without a pooler. */
export function modelTensors(config: ModelConfig): ModelTensor[] {
  const names = namesOf(config);
  const { headNorms, crossNorm, distances } = names;
  const { hiddenSize, embeddingSize, relative, disentangled } = config;
  const table = (
    module: string | null | undefined,
    rows: number,
    columns = embeddingSize ?? hiddenSize,
  ): ModelTensor[] => (module ? [{ name: `${module}.weight`, shape: [rows, columns] }] : []);
  const norm = (module: string | null | undefined, size = hiddenSize) =>
    module ? normTensors(config, module, size) : [];
  const matrices = allMatrices(config, { language: true, labels: 0 });
  const positions = config.positions + config.positionOffset + config.reservedPositions;
  const below = ({ embeddings, relative: biases }: StackNames) => [
    ...table(embeddings.positions, positions),
    ...table(embeddings.types, config.typeVocabSize),
    ...norm(embeddings.norm, embeddingSize),
    ...(embeddingSize === undefined ? [] : linearTensors(embeddings.project!, [hiddenSize, embeddingSize])),
    ...(relative ? table(biases, relative.buckets, config.heads) : []),
  ];
  return [
    ...table(names.embeddings.words, config.vocabSize),
    ...below(names),
    ...(names.decoder ? below(names.decoder) : []),
    ...(disentangled ? table(distances!.table, 2 * disentangled.span, hiddenSize) : []),
    ...(disentangled?.isNormed ? norm(distances!.norm) : []),
    ...Array.from({ length: config.layers }, (_, layer) => [
      ...FUSED.flatMap((kinds) => {
        const fused = matrices.filter((matrix) => matrix.layer === layer && kinds.some((kind) => kind === matrix.kind));
        const parts = fused.map(({ name, kind, rows, columns }) =>
          linearTensors(
            name,
            [rows, columns],
            config.biased.some((biased) => biased === kind),
          ),
        );
        return [...parts.map(([weight]) => weight!), ...parts.flatMap(([, bias]) => bias ?? [])];
      }),
      ...norm(names.attentionNorm(layer)),
      ...(hasCross(config, layer) ? norm(crossNorm?.(layer)) : []),
      ...norm(names.outputNorm(layer)),
      ...(headNorms
        ? [...norm(headNorms.Q(layer), config.headSize), ...norm(headNorms.K(layer), config.headSize)]
        : []),
    ]).flat(),
    ...norm(names.finalNorm),
    ...norm(names.decoder?.finalNorm),
  ];
}

/** The tensors above the last layer: those of a task's classifier, or of a language model's head. */
export function headTensors(config: ModelConfig, heading: Heading): ModelTensor[] {
  const { tagging, words, language, labels } = heading;
  const names = namesOf(config);
  const { hiddenSize, vocabSize, isTied } = config;
  const { sequence = true, token = true } = names.classifierBias ?? {};
  if (language)
    return [
      ...(isTied ? [] : linearTensors(names.language!, [vocabSize, hiddenSize], false)),
      ...(names.logitsBias ? [{ name: names.logitsBias, shape: [1, vocabSize] }] : []),
    ];
  if (tagging && !names.tokensReadP) return linearTensors(names.token, [labels, hiddenSize], token);
  const width = headWidth(config, heading);
  const { dense: P, norm } = words ? names.words! : { dense: names.sequence.P, norm: names.sequence.norm };
  return [
    ...(P ? linearTensors(P, [width, hiddenSize], config.biased.includes("P")) : []),
    ...(norm ? normTensors(config, norm, width) : []),
    ...linearTensors(tagging ? names.token : names.sequence.T, [labels, width], tagging ? token : sequence),
  ];
}

/** Those of the tensors above the last layer that T reads: P's, and those of a normalization. */
export function poolerTensors(config: ModelConfig, heading: Heading): ModelTensor[] {
  if (config.stacks === "encoder-decoder") return [];
  const { sequence, token } = namesOf(config);
  const T = heading.tagging ? token : sequence.T;
  return headTensors(config, heading).filter(({ name }) => !name.startsWith(`${T}.`));
}

/** A tensor of the base model; an optional tensor may be missing from the pretrained weights. */
export interface ExpectedTensor {
  readonly shape: Shape;
  readonly optional: boolean;
}

/**
 * Every tensor that a model with this config reads, by canonical name. P is optional (if missing, a new one is
 * initialized), as is the language model's head; T and the biases of logits do not belong to the base model.
 */
export function expectedTensors(config: ModelConfig): Map<string, ExpectedTensor> {
  const { language } = namesOf(config);
  const { hiddenSize, vocabSize, isTied } = config;
  const optional = [
    ...poolerTensors(config, { labels: 0 }),
    ...(language && !isTied ? linearTensors(language, [vocabSize, hiddenSize], false) : []),
  ];
  const expected = (tensors: readonly ModelTensor[], optional: boolean) =>
    tensors.map(({ name, shape }): [string, ExpectedTensor] => [name, { shape, optional }]);
  return new Map([...expected(modelTensors(config), false), ...expected(optional, true)]);
}
