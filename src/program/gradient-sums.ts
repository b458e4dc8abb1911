// The gradients of a step over several batches, summed up batch by batch.

import type { DeviceMemory } from "../runtime/device-memory.ts";
import type { DeviceTensor } from "../runtime/device-tensor.ts";
import type { Places } from "../runtime/session.ts";
import { float32, type Shape, sizeOf, type Tensor } from "../tensor.ts";
import { type Group, gradientOf, varied } from "./graphs/plan.ts";

/** A group's sum on a device, which never reads and writes the same memory in one run. */
interface Placed {
  readonly zeros: DeviceTensor;
  sum: DeviceTensor;
  spare: DeviceTensor;
  isZero: boolean;
}

export class GradientSums {
  readonly #memory: DeviceMemory | undefined;
  readonly #arrays = new Map<string, Tensor<"float32">>();
  readonly #placed = new Map<string, Placed>();
  /** Zeros on the device, by shape. */
  readonly #zeros = new Map<string, Promise<DeviceTensor>>();

  /** `memory`: that of a device on which the sums are to be; by default, they are in this process's. */
  constructor(memory?: DeviceMemory) {
    this.#memory = memory;
  }

  /** Makes all sums zero. */
  clear(): void {
    for (const { data } of this.#arrays.values()) data.fill(0);
    for (const placed of this.#placed.values()) placed.isZero = true;
  }

  /** What the graph of one batch's gradients reads and where it writes; call `take` when it has. */
  async next(groups: readonly Group[]): Promise<{ readonly feeds: Places; readonly into: Places; take(): void }> {
    const [feeds, into]: Record<string, Tensor | DeviceTensor>[] = [{}, {}];
    const placed: Placed[] = [];
    for (const group of groups) {
      const name = gradientOf(group);
      if (this.#memory) {
        const one = this.#placed.get(name) ?? (await this.#place(name, varied(group).type.shape, this.#memory));
        feeds![name] = one.isZero ? one.zeros : one.sum;
        into![`next.${name}`] = one.spare;
        placed.push(one);
      } else feeds![name] = into![`next.${name}`] = this.#array(name, varied(group).type.shape);
    }
    return {
      feeds: feeds!,
      into: into!,
      take() {
        for (const one of placed) {
          [one.sum, one.spare] = [one.spare, one.sum];
          one.isZero = false;
        }
      },
    };
  }

  /** A group's sum. */
  of(group: Group): Tensor | DeviceTensor {
    const name = gradientOf(group);
    return this.#placed.get(name)?.sum ?? this.#array(name, varied(group).type.shape);
  }

  #array(name: string, shape: Shape): Tensor<"float32"> {
    let array = this.#arrays.get(name);
    if (!array) {
      array = float32(shape, new Float32Array(sizeOf(shape)));
      this.#arrays.set(name, array);
    }
    return array;
  }

  async #place(name: string, shape: Shape, memory: DeviceMemory): Promise<Placed> {
    const key = shape.join();
    const zeros = this.#zeros.get(key) ?? memory.place(float32(shape, new Float32Array(sizeOf(shape))));
    this.#zeros.set(key, zeros);
    const [sum, spare] = [0, 1].map(() => memory.allocate({ dtype: "float32", shape }));
    const placed = { zeros: await zeros, sum: sum!, spare: spare!, isZero: true };
    this.#placed.set(name, placed);
    return placed;
  }
}
