// A decoder that continues texts token by token: a prompt is read at once, then each token with the keys and values of those
// before it.

import { Graph, type Value, WHOLE } from "../graph/graph.ts";
import type { ModelConfig } from "../model/config.ts";
import { encode } from "../model/encoder.ts";
import { predictNext } from "../model/language.ts";
import type { Parameters } from "../model/layers.ts";
import { turnsAt } from "../model/rotary.ts";
import type { Device } from "../runtime/device.ts";
import type { Places, Values } from "../runtime/session.ts";
import { float32, type Shape, type Tensor } from "../tensor.ts";
import type { CompiledGraphs } from "./compiled.ts";
import { biasName, KeyCache, keyNames, roomFor } from "./key-cache.ts";
import type { NextToken, Prompt } from "./next-token.ts";

export interface DecodingModel {
  readonly config: ModelConfig;
  readonly device: Device;
  /** The parameters of a graph. */
  parameters(graph: Graph): Parameters;
  /** Their values, masks applied. */
  readonly weights: Places;
  readonly compiled: CompiledGraphs<{ readonly graph: Graph }>;
}

const keep = (x: Value) => x;

export class Decoding implements NextToken {
  readonly vocabulary: number;
  readonly positions: number;
  readonly #model: DecodingModel;
  #cache: KeyCache | undefined;

  constructor(model: DecodingModel) {
    this.#model = model;
    this.vocabulary = model.config.vocabSize;
    this.positions = model.config.positions;
  }

  async start(prompts: readonly Prompt[]): Promise<Float32Array> {
    const { config } = this.#model;
    const lengths = prompts.map(({ ids }) => ids.length);
    const [rows, length] = [roomFor(prompts.length), Math.min(roomFor(Math.max(...lengths), 8), config.positions)];
    const ids = new BigInt64Array(length * rows).fill(BigInt(config.padId));
    const attention = new Float32Array(rows * length);
    for (let row = 0; row < rows; row++) {
      const own = (prompts[row] ?? prompts[0]!).ids;
      attention.fill(1, row * length, row * length + own.length);
      for (const [token, id] of own.entries()) ids[token * rows + row] = BigInt(id);
    }
    const computed = await this.#run(`reading ${rows}×${length}`, (graph) => this.#reading(graph, rows, length), {
      ids: { dtype: "int64", shape: [length, rows], data: ids },
      attention: float32([rows, length], attention),
    });
    this.#cache = KeyCache.of(config, lengths, computed);
    return this.#logits(computed, prompts.length);
  }

  async advance(tokens: readonly number[], parents: readonly number[]): Promise<Float32Array> {
    const { config } = this.#model;
    const cache = this.#cache!.continued(parents);
    this.#cache = cache;
    const { rows, room, positions } = cache;
    const wide = (values: (row: number) => number): Tensor => ({
      ...{ dtype: "int64", shape: [1, rows] },
      data: BigInt64Array.from({ length: rows }, (_, row) => BigInt(values(row))),
    });
    const computed = await this.#run(`advancing ${rows}×${room}`, (graph) => this.#advancing(graph, rows, room), {
      ids: wide((row) => tokens[row] ?? tokens[0]!),
      positions: wide((row) => positions[row]!),
      attention: float32([rows, 1], new Float32Array(rows).fill(1)),
      ...(config.rotary && turnFeeds(turnsAt(config.rotary, positions))),
      ...cache.feeds(),
    });
    cache.add(computed);
    return this.#logits(computed, tokens.length);
  }

  release(): void {
    this.#cache = undefined;
  }

  #logits({ logits }: Values, rows: number): Float32Array {
    return (logits!.data as Float32Array).subarray(0, rows * this.vocabulary);
  }

  async #run(key: string, build: (graph: Graph) => void, feeds: Values): Promise<Values> {
    const { device, weights, compiled } = this.#model;
    const { session } = await compiled.get(key, () => {
      const graph = new Graph(key, undefined, device === "cpu" ? undefined : WHOLE);
      build(graph);
      return { graph };
    });
    return session.run({ ...weights, ...feeds });
  }

  /** Reads prompts: outputs "logits" after each, and the keys and values of all tokens. */
  #reading(graph: Graph, rows: number, length: number): void {
    const { config } = this.#model;
    const parameters = this.#model.parameters(graph);
    let layer = 0;
    const hidden = encode(config, parameters, this.#tokens(graph, rows, length), {
      ...{ read: "last", dropout: keep },
      onKeys: (own) => {
        const [keys, values] = keyNames(layer++);
        graph.output(keys, own.keys);
        graph.output(values, own.values);
      },
    });
    graph.output("logits", predictNext(config, parameters, hidden.at(-1)!));
  }

  /** Reads one token of each row after the `room` tokens that precede it. */
  #advancing(graph: Graph, rows: number, room: number): void {
    const { config } = this.#model;
    const { layers, keyHeads, headSize, rotary } = config;
    const parameters = this.#model.parameters(graph);
    const input = (name: string, shape: Shape) => graph.input(name, { dtype: "float32", shape });
    const past = Array.from({ length: layers }, (_, layer) => {
      const [keys, values] = keyNames(layer);
      const shape = [room, rows, keyHeads, headSize];
      return { keys: input(keys, shape), values: input(values, shape) };
    });
    const biases = new Map<number | null, Value>();
    const turn = (name: string) => input(name, [1, rows, 1, rotary!.size]);
    let layer = 0;
    const hidden = encode(
      config,
      parameters,
      { ...this.#tokens(graph, rows, 1), positions: graph.input("positions", { dtype: "int64", shape: [1, rows] }) },
      {
        ...{ read: "all", dropout: keep },
        past: {
          keys: past,
          bias(window) {
            const known = biases.get(window) ?? input(biasName(window), [rows, 1, 1, room]);
            biases.set(window, known);
            return known;
          },
          turns: rotary && { cos: turn("cos"), sin: turn("sin") },
        },
        onKeys: (own) => {
          const [keys, values] = keyNames(layer++);
          graph.output(`new.${keys}`, own.keys);
          graph.output(`new.${values}`, own.values);
        },
      },
    );
    graph.output("logits", predictNext(config, parameters, hidden.at(-1)!));
  }

  #tokens(graph: Graph, rows: number, length: number) {
    return {
      ids: graph.input("ids", { dtype: "int64", shape: [length, rows] }),
      attention: graph.input("attention", { dtype: "float32", shape: [rows, length] }),
    };
  }
}

/** The turns of each row's token, [1, rows, 1, size]. */
function turnFeeds({ cos, sin }: Record<"cos" | "sin", Tensor<"float32">>): Values {
  const shaped = ({ shape: [rows, , , size], data }: Tensor<"float32">) => float32([1, rows!, 1, size!], data);
  return { cos: shaped(cos), sin: shaped(sin) };
}
