// A device's own memory: tensors in it, which are written and read by graphs that copy, because those work on every device.

import { identity } from "../graph/functions.ts";
import { Graph } from "../graph/graph.ts";
import type { Type } from "../graph/operators.ts";
import { type DType, sizeOf, type Tensor } from "../tensor.ts";
import type { Device } from "./device.ts";
import type { DeviceTensor } from "./device-tensor.ts";
import { Session } from "./session.ts";

/**
 * Where tensors are between the runs of graphs. On the CPU, "device" is this process's memory, used as that of a device is: so
 * that the same code can be tested where there is no GPU.
 */
export type Residence = "process" | "device";

/** On a GPU, tensors stay in its memory. */
export function residenceOn(device: Device): Residence {
  return device === "cpu" ? "process" : "device";
}

export class DeviceMemory {
  readonly #device: Device;
  /** Its allocator serves all tensors. */
  readonly #session: Session;
  readonly #tensors = new Set<DeviceTensor>();
  /** One session per element type and size. */
  readonly #copies = new Map<string, Promise<Session>>();

  private constructor(device: Device, session: Session) {
    this.#device = device;
    this.#session = session;
  }

  /** Throws an InputError with the runtime's reason if the device cannot be used. */
  static async of(device: Device): Promise<DeviceMemory> {
    return new DeviceMemory(device, await Session.create(copyGraph("float32", 1), device));
  }

  /** Memory for a tensor, with arbitrary values, for as long as this object is not released. */
  allocate(type: Type): DeviceTensor {
    const tensor = this.#session.allocate(type);
    this.#tensors.add(tensor);
    return tensor;
  }

  /** Memory for a tensor, with its values. */
  async place(tensor: Tensor): Promise<DeviceTensor> {
    const placed = this.allocate(tensor);
    await this.copy(tensor, placed);
    return placed;
  }

  /** Frees a tensor before the others. */
  free(tensor: DeviceTensor): void {
    if (this.#tensors.delete(tensor)) tensor.release();
  }

  /** Copies a tensor's values to another one of its type and size; either may be in this process's memory. */
  async copy(from: Tensor | DeviceTensor, to: Tensor | DeviceTensor): Promise<void> {
    const size = sizeOf(from.shape);
    const key = `${from.dtype} ${size}`;
    let made = this.#copies.get(key);
    if (!made) {
      made = Session.create(copyGraph(from.dtype, size), this.#device);
      this.#copies.set(key, made);
      made.catch(() => this.#copies.delete(key));
    }
    const session = await made;
    await session.run({ from }, { to });
    await session.unbind(); // the runtime holds a copy of what is read from this process's memory
  }

  /** Frees all tensors. Sessions that are bound to them must be released first. */
  async release(): Promise<void> {
    const copies = await Promise.allSettled(this.#copies.values());
    for (const one of copies) if (one.status === "fulfilled") await one.value.release();
    this.#copies.clear();
    for (const tensor of this.#tensors) tensor.release();
    this.#tensors.clear();
    await this.#session.release();
  }
}

function copyGraph(dtype: DType, size: number): Graph {
  const graph = new Graph(`copy of ${size} × ${dtype}`);
  graph.output("to", identity(graph.input("from", { dtype, shape: [size] })));
  return graph;
}
