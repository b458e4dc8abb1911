// Calls ONNX Runtime's C API through koffi: checks every status, and gives each object that the runtime makes an owner.

import type * as Koffi from "koffi";
import {
  ADDRESS,
  type Address,
  type Calls,
  CLEAR,
  FUNCTIONS,
  type Kind,
  MAKES,
  type Maker,
  type Name,
  type Pointer,
  RELEASES,
  STATUS,
  type Takes,
  VERSION,
} from "./functions.ts";
import { libraryToLoad } from "./library.ts";
import { Owned } from "./owned.ts";

/** The stack of native calls, in bytes: ONNX Runtime recurses over graphs, and koffi's own stacks are too small. */
const STACK = 16 << 20;

/** A native function; what it returns is an address, 0 as null. */
interface Native {
  (...given: unknown[]): unknown;
  async(...given: unknown[]): void;
}

/** Receives the address of a made object. */
type Made = [bigint | null];

/** Loads the API. Throws an error with the system's reason if the library cannot be loaded. */
export async function loadApi(): Promise<Api> {
  const koffi = await import("koffi");
  koffi.config({ sync_stack_size: STACK, async_stack_size: STACK });
  return new Api(koffi, koffi.load(libraryToLoad(import.meta.url)));
}

export class Api {
  /** Held because a library that is collected is unloaded, and the process crashes later, elsewhere. */
  readonly #library: Koffi.LibraryHandle;
  readonly #functions: ReadonlyMap<Name, Native>;
  readonly #releases: ReadonlyMap<Kind, Native>;
  readonly #message: Native;
  readonly #releaseStatus: Native;
  readonly #clear: readonly Native[];
  readonly #address: Native;
  /** The arguments of the calls that are running off the JavaScript thread. */
  readonly #held = new Set<unknown>();

  constructor(koffi: typeof Koffi, library: Koffi.LibraryHandle) {
    const native = (table: unknown, index: number, result: string, parameters: readonly string[]): Native => {
      const types = parameters.map((type) => (type === "made" ? koffi.out("void **") : type));
      const address = koffi.decode(table, index * koffi.sizeof("void *"), "void *");
      return koffi.decode(address, koffi.proto(result, types as string[]));
    };
    this.#library = library;
    const base = this.#library.func("OrtGetApiBase", "void *", [])();
    const api = native(base, 0, "void *", ["uint32_t"])(VERSION);
    if (!api) throw new Error(`this ONNX Runtime lacks version ${VERSION} of the C API`);
    const table = Object.entries(FUNCTIONS) as [Name, (typeof FUNCTIONS)[Name]][];
    this.#functions = new Map(
      table.map(([name, [index, ...parameters]]) => [name, native(api, index, "void *", parameters)]),
    );
    const release = (index: number) => native(api, index, "void", ["void *"]);
    const releases = Object.entries(RELEASES) as [Kind, number][];
    this.#releases = new Map(releases.map(([kind, index]) => [kind, release(index)]));
    this.#message = native(api, STATUS.message, "const char *", ["void *"]);
    this.#releaseStatus = release(STATUS.release);
    this.#address = native(api, ADDRESS, "void *", ["void *", "made"]);
    this.#clear = Object.values(CLEAR).map((index) => native(api, index, "void", ["void *"]));
  }

  /** Calls a function. Throws an error with the runtime's message if it fails. */
  call<N extends keyof Calls>(name: N, ...given: Calls[N]): void {
    this.#call(name, given);
  }

  /** Like `call`, but off the JavaScript thread. */
  callOff<N extends keyof Calls>(name: N, ...given: Calls[N]): Promise<void> {
    return this.#callOff(name, given);
  }

  /** Makes an object, which belongs to the caller. */
  make<N extends Maker>(name: N, ...given: Takes[N]): Owned<(typeof MAKES)[N]> {
    const made: Made = [null];
    this.#call(name, [...given, made]);
    return this.#own(MAKES[name], made);
  }

  /** Like `make`, but off the JavaScript thread. */
  async makeOff<N extends Maker>(name: N, ...given: Takes[N]): Promise<Owned<(typeof MAKES)[N]>> {
    const made: Made = [null];
    await this.#callOff(name, [...given, made]);
    return this.#own(MAKES[name], made);
  }

  /** Frees what a binding holds of its inputs and outputs. */
  clear(binding: Pointer<"IoBinding">): void {
    for (const clear of this.#clear) clear(binding);
  }

  /** The address of a tensor's elements; for a GPU, what its provider uses in the place of one. */
  addressOf(value: Pointer<"Value">): Address {
    const made: Made = [null];
    this.#check(this.#address(value, made));
    return made[0] as Address;
  }

  #call(name: Name, given: readonly unknown[]): void {
    this.#check(this.#functions.get(name)!(...given));
  }

  async #callOff(name: Name, given: readonly unknown[]): Promise<void> {
    this.#held.add(given); // otherwise, arrays might be collected while the runtime uses them
    try {
      const status = await new Promise((resolve, reject) => {
        const done = (error: unknown, status: unknown) => (error ? reject(error) : resolve(status));
        this.#functions.get(name)!.async(...given, done);
      });
      this.#check(status);
    } finally {
      this.#held.delete(given);
    }
  }

  #own<K extends Kind>(kind: K, [address]: Made): Owned<K> {
    return new Owned(address as Pointer<K>, this.#releases.get(kind)!);
  }

  #check(status: unknown): void {
    if (!status) return;
    const message = this.#message(status) as string;
    this.#releaseStatus(status);
    throw new Error(message);
  }
}
