// A base model shared by many adaptations: its weights are stored once, on a GPU in its memory, and fed unchanged. An adaptation
// adds only its bits and its own tensors, so switching adaptations moves no weights.

import type { Batch } from "../data/batches.ts";
import { InputError } from "../errors.ts";
import { aliveAtPeak, bytesIn } from "../graph/alive.ts";
import { Graph, WHOLE } from "../graph/graph.ts";
import { type BitMatrix, clearOff } from "../mask/bits.ts";
import { withAdditions } from "../model/additions/additions.ts";
import type { ModelConfig } from "../model/config.ts";
import type { Parameters } from "../model/layers.ts";
import { halfOf, readHalf } from "../model/weights/half.ts";
import type { PretrainedWeights } from "../model/weights/pretrained.ts";
import type { ClassifierShape } from "../recipe/recipe.ts";
import type { Device } from "../runtime/device.ts";
import { DeviceMemory, residenceOn } from "../runtime/device-memory.ts";
import type { DeviceTensor } from "../runtime/device-tensor.ts";
import { requireMemory, SMALLER_MODEL } from "../runtime/machine-memory.ts";
import type { Places, Session, Values } from "../runtime/session.ts";
import { bytesOf, float32, type Half, type Shape, sizeOf, type Tensor } from "../tensor.ts";
import { CompiledGraphs } from "./compiled.ts";
import { batchFeeds, oneHot, rowMajor, timeMajor, tokenFeeds, weightOf } from "./feeds.ts";
import { Decoding, MASKED_COPIES } from "./generation/decoding.ts";
import { addEvidence } from "./graphs/evidence-graph.ts";
import { logitsOf, tokenLosses, tokensOf, vectorsOf } from "./graphs/logits.ts";
import { bitsName, maskedParameters } from "./graphs/masked-parameters.ts";
import { type BatchShape, type Head, shapeName } from "./graphs/plan.ts";
import { addSaliency, addSlopes, slopeName, type Used } from "./graphs/saliency.ts";
import { layout } from "./layout.ts";
import { lossesIn, nextTokenFeeds } from "./next-tokens.ts";
import { shapeOf } from "./steps.ts";
import type { Adapted, Scorer } from "./trainable.ts";
import { addDivergences, divergencesIn } from "./transfer/graph.ts";
import { weightFeeds } from "./transfer/transfer.ts";

const packedOf = ({ rows, stride, bytes }: BitMatrix): Tensor => ({
  ...{ dtype: "uint8", shape: [rows, stride] },
  data: bytes,
});

/** The log-odds of a label for each sequence of a batch, and their slopes along the strengths of its tokens. */
export interface Slopes {
  /** [B] */
  readonly scores: Float32Array;
  /** [B, T]; 0 for padding. */
  readonly slopes: Float32Array;
}

export interface Gradients {
  readonly loss: number;
  /** By name, in the parameters' shapes; without those that the logits do not use. */
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

/** What an adaptation's graphs are built from, and what they are fed. */
interface Under {
  readonly shape: ClassifierShape;
  readonly shapes: ReadonlyMap<string, Shape>;
  readonly masked: ReadonlySet<string>;
  /** The types of the base model's tensors that are not float32. */
  readonly halves: ReadonlyMap<string, Half>;
  /** Its own tensors and bits. */
  readonly own: Places;
}

/** Other bits for some of the masked matrices, by the names of their weights. */
export type Replaced = ReadonlyMap<string, BitMatrix>;

/** An adaptation over the base model. */
export interface Loaded extends Pick<Scorer, "logits" | "losses"> {
  /** As `Scorer.logits`. */
  logits(batch: Batch, replaced?: Replaced): Promise<Float32Array>;
  /**
   * For each masked matrix that the logits use, by the name of its weight, W ⊙ ∂L/∂(M ⊙ W) [rows, columns], row-major, where L is
   * the sum of −log p over the batch's labels; see `addSaliency`.
   */
  saliency(batch: Batch): Promise<ReadonlyMap<string, Float32Array>>;
  /** Without masks: the mean loss over the batch's labels, and its gradients. */
  gradients(batch: Batch): Promise<Gradients>;
  /**
   * The log-odds of the batch's targets, and their derivatives with respect to `strengths` [B, T], factors on the word
   * embeddings; see `addEvidence`. Only for classifiers of sequences with at least two labels.
   */
  slopes(batch: Batch, strengths: Float32Array): Promise<Slopes>;
  /**
   * What the classifier reads: for each sequence, the last hidden state of its first token or the mean over its tokens
   * [B, hiddenSize]; for classifiers of tokens, the last hidden state of every token [B · T, hiddenSize], batch-major.
   */
  vectors(batch: Batch): Promise<Float32Array>;
  /**
   * With linear attention: KL(softmax ‖ linear) in nats for each layer with heads and each of its heads, summed over the batch's tokens.
   */
  divergences(batch: Batch): Promise<ReadonlyMap<number, Float32Array>>;
  /** A language model that continues texts. Its masks are applied once, to copies of the masked weights. */
  decoding(): Promise<Decoding>;
  /** Frees what only this adaptation has on the device. */
  release(): void;
}

/** The derivatives of those of the named parameters that a graph used. */
function slopesIn(found: Values, names: Iterable<string>): Map<string, Float32Array> {
  const own = [...names].flatMap((name): [string, Float32Array][] => {
    const slope = found[slopeName(name)];
    return slope ? [[name, slope.data as Float32Array]] : [];
  });
  return new Map(own);
}

export class ScoringModel {
  readonly #config: ModelConfig;
  readonly #pretrained: PretrainedWeights;
  readonly #device: Device;
  /** The base model's own tensors, each read, and placed on the device, the first time that an adaptation uses it unchanged. */
  readonly #base = new Map<string, Promise<Tensor | DeviceTensor>>();
  /** Those that have been read. */
  readonly #shared: Record<string, Tensor | DeviceTensor> = {};
  /** The shapes of all tensors under each classifier. */
  readonly #layouts = new Map<string, ReadonlyMap<string, Shape>>();
  readonly #compiled: CompiledGraphs<{ readonly graph: Graph }>;
  readonly #memory: Promise<DeviceMemory> | undefined;

  /** `residence`: see `ProgramOptions`. */
  constructor(config: ModelConfig, pretrained: PretrainedWeights, device: Device, residence = residenceOn(device)) {
    this.#config = config;
    this.#pretrained = pretrained;
    this.#device = device;
    this.#compiled = new CompiledGraphs(device);
    this.#memory = residence === "device" ? DeviceMemory.of(device) : undefined;
    this.#memory?.catch(() => undefined); // thrown where it is used
  }

  /**
   * The model with an adaptation, whose bits and tensors are not copied in this process. Throws an InputError, naming `file`,
   * if a tensor is missing or has a different shape.
   */
  async under(shape: ClassifierShape, { matrices, tensors }: Adapted, file: string): Promise<Loaded> {
    const shapes = this.#layout(shape);
    const memory = await this.#memory;
    const ours: DeviceTensor[] = [];
    /** A tensor of this adaptation, on the device. */
    const placed = async (tensor: Tensor): Promise<Tensor | DeviceTensor> => {
      if (!memory) return tensor;
      const there = await memory.place(tensor);
      ours.push(there);
      return there;
    };
    this.#requireMemory(shapes, new Set(tensors.map(({ name }) => name)));
    const own: Record<string, Tensor | DeviceTensor> = {};
    const carried = new Map(tensors.map(({ name, data }) => [name, data]));
    const halves = new Map<string, Half>();
    for (const [name, extents] of shapes) {
      const data = carried.get(name);
      if (data?.length === sizeOf(extents)) own[name] = await placed(float32(extents, data));
      else if (!data && (await this.#share(name, extents))) {
        const half = this.#halfOf(name);
        if (half) halves.set(name, half);
      } else
        throw new InputError(
          `neither this adaptation nor its base model has a tensor ${name} of shape ${extents.join(" × ")}`,
          { file },
          "train it again on this base model",
        );
    }
    const masked = new Set<string>();
    for (const { name, bits } of matrices) {
      const weight = `${name}.weight`;
      const packed = packedOf(bits);
      masked.add(weight);
      own[bitsName(weight)] = this.#device === "webgpu" ? packed : await placed(packed); // WebGPU has no bytes
    }
    const model: Under = { shape, shapes, masked, halves, own };
    return {
      logits: (batch, replaced) => this.#logits(model, batch, replaced),
      losses: (batch) => this.#losses(model, batch),
      saliency: (batch) => this.#saliency(model, batch),
      gradients: (batch) => this.#gradients(model, batch),
      vectors: (batch) => this.#vectors(model, batch),
      slopes: (batch, strengths) => this.#slopes(model, batch, strengths),
      divergences: (batch) => this.#divergences(model, batch),
      decoding: () => this.#decoding(model, matrices, carried),
      release() {
        for (const tensor of ours.splice(0)) memory!.free(tensor);
      },
    };
  }

  async release(): Promise<void> {
    await this.#compiled.release();
    await (await this.#memory?.catch(() => undefined))?.release();
  }

  #layout(shape: ClassifierShape): ReadonlyMap<string, Shape> {
    const key = JSON.stringify(shape);
    const known = this.#layouts.get(key);
    if (known) return known;
    const made = new Map(layout(this.#config, shape).map(({ name, shape }) => [name, shape]));
    this.#layouts.set(key, made);
    return made;
  }

  /** Throws an InputError if there is too little memory for the base model's tensors that are still to be read. */
  #requireMemory(shapes: ReadonlyMap<string, Shape>, carried: ReadonlySet<string>): void {
    if (this.#memory) return; // each is copied to the device in turn, and freed
    const more = [...shapes]
      .filter(([name]) => !carried.has(name) && !this.#base.has(name))
      .reduce((sum, [name, shape]) => sum + bytesOf({ dtype: this.#halfOf(name) ?? "float32", shape }), 0);
    requireMemory(more, "reading the base model's weights", SMALLER_MODEL);
  }

  /** Puts a tensor of the base model where all adaptations read it; false if the base model has none of this shape. */
  async #share(name: string, shape: Shape): Promise<boolean> {
    const stored = this.#pretrained.tensors.get(name)?.shape;
    if (stored?.length !== shape.length || !stored.every((extent, i) => extent === shape[i])) return false;
    let read = this.#base.get(name);
    if (!read) {
      read = this.#read(name, shape);
      this.#base.set(name, read);
      read.catch(() => this.#base.delete(name)); // retry next time
    }
    this.#shared[name] = await read;
    return true;
  }

  async #read(name: string, shape: Shape): Promise<Tensor | DeviceTensor> {
    const half = this.#halfOf(name);
    if (half) {
      const data = new Uint16Array(sizeOf(shape));
      await readHalf(this.#pretrained, name, half, data);
      return { dtype: half, shape, data };
    }
    const tensor = float32(shape, await this.#pretrained.readFloat32(name));
    const memory = await this.#memory;
    return memory ? memory.place(tensor) : tensor;
  }

  /** The type of a tensor of the base model that stays as it is stored; on a device, all are float32. */
  #halfOf(name: string): Half | undefined {
    return this.#memory ? undefined : halfOf(this.#pretrained, name);
  }

  /** What a graph reads under an adaptation: the base model's tensors, the adaptation's own, and those of a batch. */
  #feeds({ own }: Under, ofBatch: Places): Places {
    return { ...this.#shared, ...own, ...ofBatch };
  }

  async #logits(model: Under, batch: Batch, replaced: Replaced = new Map()): Promise<Float32Array> {
    const { classifier, labels } = model.shape;
    const session = await this.#session("scoring", model, batch, (graph, plan, parameters, shape) =>
      graph.output(
        "logits",
        logitsOf(graph, plan, parameters, shape, (x) => x),
      ),
    );
    const others = [...replaced].map(([name, bits]) => [bitsName(name), packedOf(bits)]);
    const { logits } = await session.run(this.#feeds(model, { ...Object.fromEntries(others), ...tokenFeeds(batch) }));
    const data = logits!.data as Float32Array;
    return classifier === "token" ? rowMajor(data, batch, labels) : data;
  }

  async #losses(model: Under, batch: Batch): Promise<Float32Array> {
    const session = await this.#session("losses", model, batch, (graph, plan, parameters, shape) =>
      graph.output("losses", tokenLosses(graph, plan, parameters, shape, (x) => x).losses),
    );
    const { losses } = await session.run(this.#feeds(model, { ...tokenFeeds(batch), ...nextTokenFeeds(batch) }));
    return lossesIn(losses!.data as Float32Array, batch);
  }

  /** `carried`: the adaptation's own tensors by name. */
  async #decoding(
    model: Under,
    matrices: Adapted["matrices"],
    carried: ReadonlyMap<string, Float32Array>,
  ): Promise<Decoding> {
    const { shapes, shape } = model;
    const { additions } = shape;
    const sizes = matrices.map(({ name }) => bytesOf({ dtype: "float32", shape: shapes.get(`${name}.weight`)! }));
    requireMemory(
      sizes.reduce((sum, size) => sum + size, 0),
      MASKED_COPIES,
      SMALLER_MODEL,
    );
    const masked: Record<string, Tensor> = {};
    const halves = new Map(model.halves);
    for (const { name, bits } of matrices) {
      const weight = `${name}.weight`;
      const values = carried.get(weight)?.slice() ?? (await this.#pretrained.readFloat32(weight));
      masked[weight] = float32(shapes.get(weight)!, clearOff(values, bits));
      halves.delete(weight);
    }
    return new Decoding({
      ...{ config: withAdditions(this.#config, additions), device: this.#device },
      parameters: (graph) => maskedParameters(graph, { shapes, masked: new Set(), halves }).parameters,
      weights: { ...this.#shared, ...model.own, ...masked },
      ...{ compiled: this.#compiled, key: JSON.stringify([additions, ...halves.keys()]) },
    });
  }

  async #vectors(model: Under, batch: Batch): Promise<Float32Array> {
    const session = await this.#session("vectors", model, batch, (graph, plan, parameters, shape) =>
      graph.output(
        "vectors",
        vectorsOf(plan, parameters, tokensOf(graph, plan, parameters, shape), (x) => x),
      ),
    );
    const { vectors } = await session.run(this.#feeds(model, tokenFeeds(batch)));
    const data = vectors!.data as Float32Array;
    return model.shape.classifier === "token" ? rowMajor(data, batch, this.#config.hiddenSize) : data;
  }

  async #slopes(model: Under, batch: Batch, strengths: Float32Array): Promise<Slopes> {
    const session = await this.#session("evidence", model, batch, addEvidence);
    const { size, length, targets } = batch;
    const found = await session.run(
      this.#feeds(model, {
        ...{ ...tokenFeeds(batch), targets: oneHot(targets, model.shape.labels, () => 1) },
        strengths: float32([length, size, 1], timeMajor(strengths, batch)),
      }),
    );
    const slopes = rowMajor(found.slopes!.data as Float32Array, batch, 1);
    return { scores: found.scores!.data as Float32Array, slopes };
  }

  async #divergences(model: Under, batch: Batch): Promise<ReadonlyMap<number, Float32Array>> {
    // Whatever is predicted, all tokens are compared.
    const read: Under = { ...model, shape: { ...model.shape, classifier: "sequence" } };
    const session = await this.#session("divergences", read, batch, addDivergences);
    const weights = weightFeeds(batch, { own: 1, decoder: 1 });
    return divergencesIn(await session.run(this.#feeds(model, { ...tokenFeeds(batch), ...weights })));
  }

  async #saliency(model: Under, batch: Batch): Promise<ReadonlyMap<string, Float32Array>> {
    const session = await this.#session("saliency", model, batch, addSaliency);
    const feeds = batchFeeds(batch, model.shape, () => 1);
    return slopesIn(await session.run(this.#feeds(model, feeds)), model.masked);
  }

  async #gradients(model: Under, batch: Batch): Promise<Gradients> {
    const session = await this.#session("slopes", model, batch, addSlopes);
    const found = await session.run(this.#feeds(model, batchFeeds(batch, model.shape, weightOf([batch]))));
    return { loss: (found.loss!.data as Float32Array)[0]!, gradients: slopesIn(found, model.shapes.keys()) };
  }

  /** The compiled graph of one kind, for this adaptation's classifier and masked matrices and a batch's shape. */
  async #session(
    kind: "scoring" | "losses" | "vectors" | "divergences" | "evidence" | "saliency" | "slopes",
    model: Under,
    batch: Batch,
    build: (...given: [graph: Graph, plan: Head, parameters: Parameters, shape: BatchShape, used: Used]) => void,
  ): Promise<Session> {
    const { classifier, pooling, words, labels, additions } = model.shape;
    const batchShape = shapeOf(batch, model.shape);
    const name = shapeName(batchShape);
    const parts = [[...model.masked], [...model.halves.keys()]];
    const key = JSON.stringify([kind, classifier, pooling, words, labels, additions, name, ...parts]);
    const compiled = await this.#compiled.get(key, () => {
      const graph = new Graph(`${kind} ${name}`, undefined, this.#device === "cpu" ? undefined : WHOLE);
      const { parameters, used } = maskedParameters(graph, model, kind === "slopes");
      const plan = { config: withAdditions(this.#config, additions), classifier, pooling, words };
      build(graph, plan, parameters, batchShape, used);
      if (this.#device === "cpu")
        requireMemory(
          bytesIn(aliveAtPeak(graph)),
          `a batch of ${shapeName({ ...batchShape, scored: undefined })} tokens`,
          "use shorter texts",
        );
      return { graph };
    });
    return compiled.session;
  }
}
