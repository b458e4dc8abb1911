// A decoder that continues texts token by token: a prompt is read at once, then each token with the keys and values of those
// before it or, with linear attention, with what is remembered of them. The decoder of an encoder–decoder also reads those of a source, which are computed once.

import { framesOf } from "../../data/frames/encode.ts";
import { InputError } from "../../errors.ts";
import { Graph, type Value, WHOLE } from "../../graph/graph.ts";
import { adaptorOf, framesRead, positionsOf } from "../../model/additions/length-adaptor.ts";
import type { Keys } from "../../model/attention.ts";
import type { ModelConfig } from "../../model/config.ts";
import { decode, sourceOf } from "../../model/decoder.ts";
import type { Tokens } from "../../model/embeddings.ts";
import { encode, lastOf, type Past } from "../../model/encoder.ts";
import { predictNext } from "../../model/language.ts";
import type { Parameters } from "../../model/layers.ts";
import { turnsAt } from "../../model/rotary.ts";
import { grouped } from "../../numbers.ts";
import type { Device } from "../../runtime/device.ts";
import type { Places, Values } from "../../runtime/session.ts";
import { float32, type Shape, type Tensor } from "../../tensor.ts";
import type { CompiledGraphs } from "../compiled.ts";
import { framesFirst } from "../feeds.ts";
import { type Cache, decoderLayers, keyNames, roomFor } from "./cache.ts";
import { biasName, KeyCache } from "./key-cache.ts";
import type { NextToken, Prompt } from "./next-token.ts";
import { SourceCache, sourceNames } from "./source-cache.ts";
import { StateCache } from "./state-cache.ts";

export interface DecodingModel {
  readonly config: ModelConfig;
  readonly device: Device;
  /** The parameters of a graph. */
  parameters(graph: Graph): Parameters;
  /** Their values, masks applied. */
  readonly weights: Places;
  readonly compiled: CompiledGraphs<{ readonly graph: Graph }>;
  /** Tells the graphs of models apart that share `compiled` and differ in the types of their weights. */
  readonly key: string;
}

/** What takes memory before a masked model continues texts, in errors. */
export const MASKED_COPIES = "copying the masked weights to generate text";

const keep = (x: Value) => x;

export class Decoding implements NextToken {
  readonly vocabulary: number;
  readonly positions: number;
  readonly #model: DecodingModel;
  #cache: Cache | undefined;
  /** Only of an encoder–decoder. */
  #source: SourceCache | undefined;

  constructor(model: DecodingModel) {
    this.#model = model;
    this.vocabulary = model.config.vocabSize;
    this.positions = model.config.positions;
  }

  async start(prompts: readonly Prompt[]): Promise<Float32Array> {
    const { config } = this.#model;
    const isAcross = config.stacks === "encoder-decoder";
    const rows = roomFor(prompts.length);
    const read = this.#padded(prompts, rows, ({ ids }) => ids);
    const source = isAcross ? this.#read(prompts, rows) : undefined;
    const { length } = read;
    const key = `reading ${rows}×${length}${source ? `+${source.length}` : ""}`;
    const computed = await this.#run(key, (graph) => this.#reading(graph, rows, length, source?.length), {
      ...{ ids: read.ids, attention: read.attention },
      ...source?.feeds,
    });
    const lengths = prompts.map(({ ids }) => ids.length);
    this.#cache = (config.additions?.linearAttention ? StateCache : KeyCache).of(config, lengths, computed);
    this.#source = source && SourceCache.of(config, source.read, computed);
    return this.#logits(computed, prompts.length);
  }

  async advance(tokens: readonly number[], parents: readonly number[]): Promise<Float32Array> {
    const { config } = this.#model;
    const cache = this.#cache!.continued(parents);
    this.#cache = cache;
    const { rows, room, positions } = cache;
    this.#source = this.#source?.continued(parents, rows);
    const length = this.#source?.length;
    const wide = (values: (row: number) => number): Tensor => ({
      ...{ dtype: "int64", shape: [1, rows] },
      data: BigInt64Array.from({ length: rows }, (_, row) => BigInt(values(row))),
    });
    const key = `advancing ${rows}×${room}${length === undefined ? "" : `+${length}`}`;
    const computed = await this.#run(key, (graph) => this.#advancing(graph, rows, room, length), {
      ids: wide((row) => tokens[row] ?? tokens[0]!),
      positions: wide((row) => positions[row]!),
      attention: float32([rows, 1], new Float32Array(rows).fill(1)),
      ...(config.rotary && turnFeeds(turnsAt(config.rotary, positions))),
      ...{ ...cache.feeds(), ...this.#source?.feeds() },
    });
    cache.add(computed);
    return this.#logits(computed, tokens.length);
  }

  /** The memory of what is kept of the tokens that have been read, in bytes; without a source's keys and values. */
  get bytes(): number {
    return this.#cache?.bytes ?? 0;
  }

  release(): void {
    this.#cache = undefined;
    this.#source = undefined;
  }

  /**
   * The tokens of each prompt, padded on the right, as inputs; filler rows repeat the first one. Throws an InputError if there are more
   * than the model has positions.
   */
  #padded(prompts: readonly Prompt[], rows: number, of: (prompt: Prompt) => readonly number[]) {
    const { padId, positions } = this.#model.config;
    const all = Array.from({ length: rows }, (_, row) => of(prompts[row] ?? prompts[0]!));
    const longest = Math.max(...all.map((ids) => ids.length));
    if (longest > positions)
      throw new InputError(
        `a text has ${grouped(longest)} tokens, but the model has only ${grouped(positions)} positions`,
        {},
        "shorten the text",
      );
    const length = Math.min(roomFor(longest, 8), positions);
    const data = new BigInt64Array(length * rows).fill(BigInt(padId));
    const attention = new Float32Array(rows * length);
    for (const [row, ids] of all.entries()) {
      attention.fill(1, row * length, row * length + ids.length);
      for (const [token, id] of ids.entries()) data[token * rows + row] = BigInt(id);
    }
    const ids: Tensor = { dtype: "int64", shape: [length, rows], data };
    return { length, ids, attention: float32([rows, length], attention) };
  }

  /** The sources or frames as inputs, and which of the positions that the encoder makes of them are no padding. */
  #read(prompts: readonly Prompt[], rows: number) {
    const { lengthAdaptor } = this.#model.config.additions ?? {};
    if (!lengthAdaptor) {
      const { length, ids, attention } = this.#padded(prompts, rows, ({ source = [] }) => source);
      return { length, read: attention, feeds: { "source.ids": ids, "source.attention": attention } };
    }
    const all = Array.from({ length: rows }, (_, row) => (prompts[row] ?? prompts[0]!).frames!);
    const { framesPerPosition } = adaptorOf(lengthAdaptor)!;
    const longest = Math.max(...all.map(({ length }) => length));
    const positions = Math.min(roomFor(Math.ceil(longest / framesPerPosition), 8), this.#model.config.positions);
    const length = framesPerPosition * positions;
    const { data } = framesOf(
      all.map((frames) => ({ frames })),
      { size: rows, length },
    )!;
    const attentionOf = (width: number, of: (frames: number) => number) => {
      const values = new Float32Array(rows * width);
      for (const [row, { length }] of all.entries()) values.fill(1, row * width, row * width + of(length));
      return float32([rows, width], values);
    };
    const { features } = lengthAdaptor;
    return {
      length,
      read: attentionOf(positionsOf(lengthAdaptor, length), (frames) => positionsOf(lengthAdaptor, frames)),
      feeds: {
        "source.frames": framesFirst({ features, data }, rows, length),
        "source.attention": attentionOf(length, (frames) => frames),
      },
    };
  }

  #logits({ logits }: Values, rows: number): Float32Array {
    return (logits!.data as Float32Array).subarray(0, rows * this.vocabulary);
  }

  async #run(key: string, build: (graph: Graph) => void, feeds: Values): Promise<Values> {
    const { device, weights, compiled, key: model } = this.#model;
    const { session } = await compiled.get(`${key} ${model}`, () => {
      const graph = new Graph(key, undefined, device === "cpu" ? undefined : WHOLE);
      build(graph);
      return { graph };
    });
    return session.run({ ...weights, ...feeds });
  }

  /**
   * Reads prompts and, with a length of theirs, sources: outputs "logits" after each prompt, the keys and values of all its tokens, and
   * those of its source.
   */
  #reading(graph: Graph, rows: number, length: number, sourceLength: number | undefined): void {
    const { config } = this.#model;
    const parameters = this.#model.parameters(graph);
    const tokens = this.#tokens(graph, rows, length);
    const onKeys = this.#outputs(graph, keyNames);
    let hidden: Value;
    if (sourceLength === undefined)
      hidden = encode(config, parameters, tokens, { read: "all", dropout: keep, onKeys }).at(-1)!;
    else {
      const read = this.#sourceTokens(graph, parameters, rows, sourceLength);
      const encoded = encode(config, parameters, read, { read: "all", dropout: keep }).at(-1)!;
      const source = sourceOf(config, parameters, encoded, read.attention);
      const onSource = this.#outputs(graph, sourceNames);
      for (const keys of source.keys) onSource(keys);
      hidden = decode(config, parameters, tokens, { source, dropout: keep, onKeys }).at(-1)!;
    }
    graph.output("logits", predictNext(config, parameters, lastOf(hidden, tokens.attention)));
  }

  /** Reads one token of each row after the `room` tokens that precede it, and with sources of a length. */
  #advancing(graph: Graph, rows: number, room: number, sourceLength: number | undefined): void {
    const { config } = this.#model;
    const { heads, headSize, rotary, relative, additions } = config;
    const parameters = this.#model.parameters(graph);
    const input = (name: string, shape: Shape) => graph.input(name, { dtype: "float32", shape });
    const keysOf = (
      names: typeof keyNames | typeof sourceNames,
      shapes: { readonly keys: Shape; readonly values: Shape },
    ) =>
      Array.from({ length: decoderLayers(config) }, (_, layer) => {
        const [keys, values] = names(layer);
        return { keys: input(keys, shapes.keys), values: input(values, shapes.values) };
      });
    const shapes = additions?.linearAttention ? StateCache.shapes(config, rows) : KeyCache.shapes(config, rows, room);
    const ofSource = sourceLength === undefined ? undefined : [sourceLength, rows, heads, headSize];
    const biases = new Map<number | null, Value>();
    const turn = (name: string) => input(name, [1, rows, 1, rotary!.size]);
    const past: Past = {
      keys: keysOf(keyNames, shapes),
      bias(window) {
        const known = biases.get(window) ?? input(biasName(window), [rows, 1, 1, room]);
        biases.set(window, known);
        return known;
      },
      turns: rotary && { cos: turn("cos"), sin: turn("sin") },
      buckets: relative && graph.input("buckets", { dtype: "int64", shape: [rows, 1, room] }),
    };
    const positions = graph.input("positions", { dtype: "int64", shape: [1, rows] });
    const tokens = { ...this.#tokens(graph, rows, 1), positions };
    const options = { dropout: keep, past, onKeys: this.#outputs(graph, keyNames, "new.") };
    const hidden =
      ofSource === undefined
        ? encode(config, parameters, tokens, { ...options, read: "all" })
        : decode(config, parameters, tokens, {
            ...options,
            source: {
              keys: keysOf(sourceNames, { keys: ofSource, values: ofSource }),
              attention: input("source.attention", [rows, sourceLength!]),
            },
          });
    graph.output("logits", predictNext(config, parameters, hidden.at(-1)!));
  }

  /** Makes the keys and values of the layers, which come in order, outputs. */
  #outputs(graph: Graph, names: typeof keyNames | typeof sourceNames, prefix = ""): (own: Keys) => void {
    let layer = 0;
    return (own) => {
      const [keys, values] = names(layer++);
      graph.output(prefix + keys, own.keys);
      graph.output(prefix + values, own.values);
    };
  }

  #sourceTokens(graph: Graph, parameters: Parameters, rows: number, length: number): Tokens {
    const { config } = this.#model;
    const { lengthAdaptor } = config.additions ?? {};
    if (!lengthAdaptor) return this.#tokens(graph, rows, length, "source.");
    const input = (name: string, shape: Shape) => graph.input(name, { dtype: "float32", shape });
    const frames = input("source.frames", [length, rows, lengthAdaptor.features]);
    return framesRead(config, parameters, frames, input("source.attention", [rows, length]));
  }

  #tokens(graph: Graph, rows: number, length: number, prefix = "") {
    return {
      ids: graph.input(`${prefix}ids`, { dtype: "int64", shape: [length, rows] }),
      attention: graph.input(`${prefix}attention`, { dtype: "float32", shape: [rows, length] }),
    };
  }
}

/** The turns of each row's token, [1, rows, 1, size]. */
function turnFeeds({ cos, sin }: Record<"cos" | "sin", Tensor<"float32">>): Values {
  const shaped = ({ shape: [rows, , , size], data }: Tensor<"float32">) => float32([1, rows!, 1, size!], data);
  return { cos: shaped(cos), sin: shaped(sin) };
}
