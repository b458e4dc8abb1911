// A base model shared by many adaptations: its weights are stored once, on a GPU in its memory, and fed unchanged. An adaptation
// adds only its bits and its own tensors, so switching adaptations moves no weights.

import type { Batch } from "../data/batches.ts";
import { InputError } from "../errors.ts";
import { cast, concat, gather, reshape, slice, where } from "../graph/functions.ts";
import { Graph, type Value } from "../graph/graph.ts";
import type { BitMatrix } from "../mask/bits.ts";
import type { ModelConfig } from "../model/config.ts";
import type { Parameters } from "../model/layers.ts";
import type { PretrainedWeights } from "../model/pretrained.ts";
import type { ClassifierShape } from "../recipe/recipe.ts";
import type { Device } from "../runtime/device.ts";
import { DeviceMemory, residenceOn } from "../runtime/device-memory.ts";
import type { DeviceTensor } from "../runtime/device-tensor.ts";
import type { Places } from "../runtime/session.ts";
import { float32, type Shape, sizeOf, type Tensor } from "../tensor.ts";
import { CompiledGraphs } from "./compiled.ts";
import { rowMajor, tokenFeeds } from "./feeds.ts";
import { layout } from "./layout.ts";
import { logitsOf } from "./step.ts";
import type { Adapted, Scorer } from "./trainable.ts";

/** The bits of each byte, least significant first: [256, 8]. */
const BITS_OF_BYTES: Tensor<"bool"> = {
  ...{ dtype: "bool", shape: [256, 8] },
  data: Uint8Array.from({ length: 256 * 8 }, (_, i) => ((i >> 3) >> (i & 7)) & 1),
};

const bitsName = (name: string) => `bits.${name}`;

/** Packed bits [rows, stride], uint8, as bool [rows, columns] (see mask/bits.ts). */
function unpacked(bits: Value, table: Value, columns: number): Value {
  const [rows, stride] = bits.type.shape;
  const all = reshape(gather(table, cast(bits, "int32")), [rows!, 8 * stride!]);
  return slice(all, 1, 0, columns);
}

/** Weights as inputs under their names. Masked matrices are multiplied by their masks, which are fed as packed bits. */
function maskedParameters(graph: Graph, shapeOf: (name: string) => Shape, masked: ReadonlySet<string>): Parameters {
  const made = new Map<string, Value>();
  const table = masked.size ? graph.constant(BITS_OF_BYTES) : undefined;
  const tensor = (name: string): Value => {
    const known = made.get(name);
    if (known) return known;
    const shape = shapeOf(name);
    let value = graph.input(name, { dtype: "float32", shape });
    if (table && masked.has(name)) {
      const [rows, columns] = shape;
      const bits = graph.input(bitsName(name), { dtype: "uint8", shape: [rows!, Math.ceil(columns! / 8)] });
      value = where(unpacked(bits, table, columns!), value, 0);
    }
    made.set(name, value);
    return value;
  };
  const stack = (modules: readonly string[], what: string) =>
    concat(
      modules.map((module) => tensor(`${module}.${what}`)),
      0,
    );
  return { tensor, weight: (modules) => stack(modules, "weight"), bias: (modules) => stack(modules, "bias") };
}

/** An adaptation over the base model. */
export interface Loaded extends Pick<Scorer, "logits"> {
  /** Frees what only this adaptation has on the device. */
  release(): void;
}

export class ScoringModel {
  readonly #config: ModelConfig;
  readonly #pretrained: PretrainedWeights;
  readonly #device: Device;
  /** The base model's own tensors, each read the first time that an adaptation uses it unchanged. */
  readonly #weights = new Map<string, Promise<Float32Array>>();
  readonly #compiled: CompiledGraphs<{ readonly graph: Graph }>;
  readonly #memory: Promise<DeviceMemory> | undefined;
  /** The base model's own tensors on the device. */
  readonly #placed = new Map<Float32Array, Promise<DeviceTensor>>();

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
    const bits = new Map<string, BitMatrix>(matrices.map(({ name, bits }) => [`${name}.weight`, bits]));
    const own = new Map(tensors.map(({ name, data }) => [name, data]));
    const shapes = new Map(layout(this.#config, shape).map(({ name, shape }) => [name, shape]));
    const feeds: Record<string, Tensor | DeviceTensor> = {};
    const memory = await this.#memory;
    const ours: DeviceTensor[] = [];
    /** A tensor of this adaptation, on the device. */
    const placed = async (tensor: Tensor): Promise<Tensor | DeviceTensor> => {
      if (!memory) return tensor;
      const there = await memory.place(tensor);
      ours.push(there);
      return there;
    };
    for (const [name, extents] of shapes) {
      const data = own.get(name) ?? (await this.#weight(name, extents));
      if (data?.length !== sizeOf(extents))
        throw new InputError(
          `neither this adaptation nor its base model has a tensor ${name} of shape ${extents.join(" × ")}`,
          { file },
          "train it again on this base model",
        );
      const tensor = float32(extents, data);
      feeds[name] = own.has(name) ? await placed(tensor) : memory ? await this.#baseTensor(memory, tensor) : tensor;
    }
    for (const [name, { rows, stride, bytes }] of bits) {
      const packed: Tensor = { dtype: "uint8", shape: [rows, stride], data: bytes };
      feeds[bitsName(name)] = this.#device === "webgpu" ? packed : await placed(packed); // WebGPU has no bytes
    }
    const masked = new Set(bits.keys());
    return {
      logits: (batch) => this.#logits(shape, shapes, masked, feeds, batch),
      release() {
        for (const tensor of ours.splice(0)) memory!.free(tensor);
      },
    };
  }

  async release(): Promise<void> {
    await this.#compiled.release();
    await (await this.#memory?.catch(() => undefined))?.release();
  }

  /** A tensor of the base model on the device, where all adaptations read it. */
  #baseTensor(memory: DeviceMemory, tensor: Tensor<"float32">): Promise<DeviceTensor> {
    let placed = this.#placed.get(tensor.data);
    if (!placed) {
      placed = memory.place(tensor);
      this.#placed.set(tensor.data, placed);
      placed.catch(() => this.#placed.delete(tensor.data)); // retry next time
    }
    return placed;
  }

  #weight(name: string, shape: Shape): Promise<Float32Array> | undefined {
    const stored = this.#pretrained.tensors.get(name)?.shape;
    if (stored?.length !== shape.length || !stored.every((extent, i) => extent === shape[i])) return undefined;
    let weight = this.#weights.get(name);
    if (!weight) {
      weight = this.#pretrained.readFloat32(name);
      this.#weights.set(name, weight);
      weight.catch(() => this.#weights.delete(name)); // retry next time
    }
    return weight;
  }

  async #logits(
    { classifier, labels }: ClassifierShape,
    shapes: ReadonlyMap<string, Shape>,
    masked: ReadonlySet<string>,
    feeds: Places,
    batch: Batch,
  ): Promise<Float32Array> {
    const { size, choices, length } = batch;
    const key = JSON.stringify([classifier, labels, size * choices, length, ...masked]);
    const compiled = await this.#compiled.get(key, () => {
      const graph = new Graph(`scoring ${size * choices}×${length}`);
      const parameters = maskedParameters(graph, (name) => shapes.get(name)!, masked);
      const plan = { config: this.#config, classifier };
      graph.output(
        "logits",
        logitsOf(graph, plan, parameters, { size: size * choices, length }, (x) => x),
      );
      return { graph };
    });
    const { logits } = await compiled.session.run({ ...feeds, ...tokenFeeds(batch) });
    const data = logits!.data as Float32Array;
    return classifier === "token" ? rowMajor(data, batch, labels) : data;
  }
}
