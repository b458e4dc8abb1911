// Runs graphs; the only file that uses ONNX Runtime.
import type * as Ort from "onnxruntime-node";
import { InputError, messageOf } from "../errors.ts";
import { slowly, stepping } from "../pulse.ts";
import type { DType, Tensor } from "../tensor.ts";
import type { Graph } from "./graph.ts";
import { onnxBytes } from "./onnx.ts";
import type { Type } from "./operators.ts";

/** Where graphs run. An unavailable GPU is an error; MaskLens never falls back to the CPU silently. */
export type Device = "cpu" | "webgpu" | `cuda:${number}`;

// Set before the library loads; otherwise versions from 1.29 on send telemetry.
process.env.ORT_DISABLE_TELEMETRY = "1";
let library: Promise<typeof Ort> | undefined;
const loaded = () => {
  library ??= import("onnxruntime-node");
  return library;
};

/**
 * Each batch shape has its own graph and session, and each session's arena never shrinks. Where the C library's heap
 * keeps freed memory (on Linux, see the client of the compute process), all sessions share the heap instead: training
 * needs less than half the memory, at the same speed.
 */
const HEAP_IS_KEPT = process.platform === "linux" && process.env.MALLOC_MMAP_MAX_ === "0";

/**
 * By default the CUDA provider multiplies float32 matrices in TF32 (10-bit mantissas), and the Node binding has no
 * option to change this; the losses of ten steps of a tiny model then differ from the CPU's in the second digit
 * (docs/gpu.md). cuBLAS reads NVIDIA_TF32_OVERRIDE when it is loaded; users who set it to 1 get TF32.
 */
function providers(device: Device): Ort.InferenceSession.ExecutionProviderConfig[] {
  if (device.startsWith("cuda:")) {
    process.env.NVIDIA_TF32_OVERRIDE ??= "0";
    return [{ name: "cuda", deviceId: Number(device.slice(5)) }];
  }
  return [device];
}

const OTHER_DEVICE =
  "use the CPU, or another device that works (to test devices, run masklens devices, or Show Devices in the editor)";

/**
 * The runtime's message on one line, without details that only its developers need: source files, function signatures,
 * failed conditions, error codes, and the name of the machine.
 */
export function reasonOf(message: string): string {
  return message
    .replace(/\s+/g, " ")
    .replace(/^.* was false\. /, "")
    .replace(/^.*\[ONNXRuntimeError\] : \d+ : \w+ : /, "")
    .replace(/^.*(?=CUDA failure \d+: )/, "")
    .replace(/ ; GPU=.*$/, "")
    .replace(/^Ort\w+: /, "")
    .replace(/\/onnxruntime_src\/\S+/g, "")
    .trim();
}

/** Tensors by name. A tensor provided for a result is written in place; it must not share memory with a feed. */
export type Values = Readonly<Record<string, Tensor>>;

export class Session {
  readonly #session: Ort.InferenceSession;
  readonly #ort: typeof Ort;
  readonly #results: readonly { readonly name: string; readonly type: Type }[];
  readonly #shapes: ReadonlyMap<string, readonly number[]>;
  #hasRun = false;

  private constructor(ort: typeof Ort, session: Ort.InferenceSession, graph: Graph) {
    this.#ort = ort;
    this.#session = session;
    this.#results = graph.outputs;
    this.#shapes = new Map([...graph.inputs, ...graph.outputs].map(({ name, type }) => [name, type.shape]));
  }

  /**
   * Compiles a graph for a device. With `profile`, release() writes the runtime's profile to a file whose path starts
   * with it. Throws an error with the runtime's reason; for a GPU this is an InputError, because the user can choose
   * another device.
   */
  static async create(graph: Graph, device: Device = "cpu", profile?: string): Promise<Session> {
    const ort = await loaded();
    try {
      const options: Ort.InferenceSession.SessionOptions = {
        executionProviders: providers(device),
        graphOptimizationLevel: "all",
        logSeverityLevel: 3,
        enableCpuMemArena: !HEAP_IS_KEPT,
        ...(profile !== undefined && { enableProfiling: true, profileFilePrefix: profile }),
      };
      const session = await slowly(() => ort.InferenceSession.create(onnxBytes(graph), options));
      return new Session(ort, session, graph);
    } catch (cause) {
      const reason = reasonOf(messageOf(cause));
      if (device === "cpu") throw new Error(`cannot run ${graph.name}: ${reason}`, { cause });
      throw new InputError(reason, { at: `device ${device}` }, OTHER_DEVICE, { cause });
    }
  }

  /**
   * Runs the graph once; each feed is read in the shape of its input, whatever its own shape. Results named in `into`
   * are written only there; the others are new arrays.
   */
  async run(feeds: Values, into: Values = {}): Promise<Record<string, Tensor>> {
    const fetches = Object.fromEntries(
      this.#results.map(({ name }) => [name, into[name] ? this.#tensor(name, into[name]) : null]),
    );
    const step = () => stepping(() => this.#session.run(this.#native(feeds), fetches));
    const results = await (this.#hasRun ? step() : slowly(step)); // GPUs compile their kernels during the first run
    this.#hasRun = true;
    return Object.fromEntries(
      this.#results.map(({ name, type }) => {
        const { data, dims } = results[name]!;
        return [name, { dtype: type.dtype, shape: dims, data: data as Tensor["data"] }];
      }),
    );
  }

  /** Frees the session's memory. */
  async release(): Promise<void> {
    await this.#session.release();
  }

  #native(values: Values): Record<string, Ort.Tensor> {
    return Object.fromEntries(Object.entries(values).map(([name, tensor]) => [name, this.#tensor(name, tensor)]));
  }

  #tensor(name: string, { dtype, data, shape }: Tensor<DType>): Ort.Tensor {
    return new this.#ort.Tensor(dtype as "float32", data as Float32Array, this.#shapes.get(name) ?? shape);
  }
}
