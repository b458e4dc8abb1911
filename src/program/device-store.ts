// A store's tensors in a device's memory, where they stay between steps. Each side is brought up to date only when it is read.

import type { DeviceMemory } from "../runtime/device-memory.ts";
import type { DeviceTensor } from "../runtime/device-tensor.ts";
import type { Store } from "./store.ts";

/** Adjacent tensors that are fed as one. */
interface Placed {
  readonly names: readonly string[];
  tensor: DeviceTensor;
  spare: DeviceTensor | undefined;
  /** Which side has the current values. */
  current: "store" | "device" | "both";
}

export class DeviceStore {
  readonly #store: Store;
  readonly #memory: DeviceMemory;
  readonly #placed = new Map<string, Placed>();
  /** For each tensor, the names with which it is fed. */
  readonly #fed = new Map<string, string>();

  constructor(store: Store, memory: DeviceMemory) {
    this.#store = store;
    this.#memory = memory;
  }

  /** Makes room for these tensors, and copies their values to the device if it does not have them. */
  async settle(names: readonly string[]): Promise<void> {
    const placed = this.#placed.get(keyOf(names)) ?? this.#place(names);
    if (placed.current !== "store") return;
    await this.#memory.copy(this.#store.stacked(names), placed.tensor);
    placed.current = "both";
  }

  /** The tensors, which must be settled, stacked along their first axis. */
  stacked(names: readonly string[]): DeviceTensor {
    return this.#at(names).tensor;
  }

  /** Other memory for the values of these tensors. */
  spare(names: readonly string[]): DeviceTensor {
    const placed = this.#at(names);
    placed.spare ??= this.#memory.allocate(placed.tensor);
    return placed.spare;
  }

  /** Makes the spare memory, which has been written, that of these tensors, and their former memory the spare one. */
  swap(names: readonly string[]): void {
    const placed = this.#at(names);
    [placed.tensor, placed.spare] = [placed.spare!, placed.tensor];
    placed.current = "device";
  }

  /** Copies to the store what has changed on the device. */
  async fetch(): Promise<void> {
    for (const placed of this.#placed.values()) {
      if (placed.current !== "device") continue;
      await this.#memory.copy(placed.tensor, this.#store.stacked(placed.names));
      placed.current = "both";
    }
  }

  /** Call this when the store's values have changed. */
  outdate(): void {
    for (const placed of this.#placed.values()) placed.current = "store";
  }

  #place(names: readonly string[]): Placed {
    const key = keyOf(names);
    for (const name of names) {
      const other = this.#fed.get(name);
      if (other !== undefined) throw new Error(`${name} is fed both with ${key} and with ${other}`); // two copies would differ
      this.#fed.set(name, key);
    }
    const placed: Placed = {
      ...{ names, tensor: this.#memory.allocate(this.#store.stacked(names)), spare: undefined, current: "store" },
    };
    this.#placed.set(key, placed);
    return placed;
  }

  #at(names: readonly string[]): Placed {
    const placed = this.#placed.get(keyOf(names));
    if (!placed) throw new Error(`${keyOf(names)} is not on the device`);
    return placed;
  }
}

const keyOf = (names: readonly string[]) => names.join("+");
