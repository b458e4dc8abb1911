// The functions of ONNX Runtime's C API that MaskLens uses.

/**
 * The version of the API that has every function below (ONNX Runtime 1.24 and later). The struct OrtApi only grows at its
 * end, so an index never changes. The indices are those of onnxruntime_c_api.h, counted from 0.
 */
export const VERSION = 24;

/** The functions that read and release a status. */
export const STATUS = { message: 2, release: 93 } as const;

/** ClearBoundInputs and ClearBoundOutputs, which have no status. */
export const CLEAR = { inputs: 141, outputs: 142 } as const;

/** GetTensorMutableData, which gives an address that belongs to the value. */
export const ADDRESS = 51;

/** The kinds of objects that the runtime makes, with the index of the function that releases each of them. */
export const RELEASES = {
  ...{ Env: 92, MemoryInfo: 94, Session: 95, Value: 96, RunOptions: 97, SessionOptions: 100, IoBinding: 135 },
  ...{ Allocator: 132, ArenaCfg: 157, CUDAProviderOptionsV2: 208 },
} as const;

export type Kind = keyof typeof RELEASES;

declare const kind: unique symbol;
declare const address: unique symbol;
/** An address of one of the runtime's objects. The kind keeps a session from being passed as a value. */
export type Pointer<K extends Kind> = bigint & { readonly [kind]: K };

/** Where a tensor's elements are, in memory of this process or of a device. */
export type Address = bigint & { readonly [address]: true };

/** Text for paths: UTF-16 on Windows, UTF-8 elsewhere. */
const PATH = process.platform === "win32" ? "const char16_t *" : "const char *";

/** The functions that make an object, and its kind. */
export const MAKES = {
  CreateEnv: "Env",
  CreateSessionFromArray: "Session",
  CreateSessionOptions: "SessionOptions",
  CreateRunOptions: "RunOptions",
  CreateTensorAsOrtValue: "Value",
  CreateTensorWithDataAsOrtValue: "Value",
  CreateMemoryInfo: "MemoryInfo",
  CreateCpuMemoryInfo: "MemoryInfo",
  CreateAllocator: "Allocator",
  CreateIoBinding: "IoBinding",
  CreateArenaCfgV2: "ArenaCfg",
  CreateCUDAProviderOptions: "CUDAProviderOptionsV2",
} as const;

export type Maker = keyof typeof MAKES;

/** The parameters of each of them, without the last one, which receives the object. */
export interface Takes extends Record<Maker, readonly unknown[]> {
  CreateEnv: [logLevel: number, name: string];
  CreateSessionFromArray: [
    ...[env: Pointer<"Env">, bytes: Uint8Array, length: number],
    options: Pointer<"SessionOptions">,
  ];
  CreateSessionOptions: [];
  CreateRunOptions: [];
  CreateTensorAsOrtValue: [allocator: Pointer<"Allocator">, shape: BigInt64Array, rank: number, type: number];
  CreateTensorWithDataAsOrtValue: [
    ...[info: Pointer<"MemoryInfo">, data: NodeJS.TypedArray | Address, bytes: number],
    ...[shape: BigInt64Array, rank: number, type: number],
  ];
  CreateMemoryInfo: [name: string, allocator: number, device: number, memory: number];
  CreateCpuMemoryInfo: [allocator: number, memory: number];
  CreateAllocator: [session: Pointer<"Session">, info: Pointer<"MemoryInfo">];
  CreateIoBinding: [session: Pointer<"Session">];
  CreateArenaCfgV2: [keys: readonly string[], values: BigUint64Array, count: number];
  CreateCUDAProviderOptions: [];
}

/** The parameters of every other function. */
export interface Calls {
  DisableMemPattern: [options: Pointer<"SessionOptions">];
  EnableProfiling: [options: Pointer<"SessionOptions">, prefix: string];
  AddSessionConfigEntry: [options: Pointer<"SessionOptions">, key: string, value: string];
  CreateAndRegisterAllocator: [env: Pointer<"Env">, info: Pointer<"MemoryInfo">, arena: Pointer<"ArenaCfg">];
  SetSessionLogSeverityLevel: [options: Pointer<"SessionOptions">, level: number];
  SetSessionGraphOptimizationLevel: [options: Pointer<"SessionOptions">, level: number];
  RunOptionsSetRunLogSeverityLevel: [options: Pointer<"RunOptions">, level: number];
  AddRunConfigEntry: [options: Pointer<"RunOptions">, key: string, value: string];
  RunOptionsSetTerminate: [options: Pointer<"RunOptions">];
  RunOptionsUnsetTerminate: [options: Pointer<"RunOptions">];
  RunWithBinding: [session: Pointer<"Session">, options: Pointer<"RunOptions">, binding: Pointer<"IoBinding">];
  BindInput: [binding: Pointer<"IoBinding">, name: string, value: Pointer<"Value">];
  BindOutput: [binding: Pointer<"IoBinding">, name: string, value: Pointer<"Value">];
  SessionOptionsAppendExecutionProvider_CUDA_V2: [
    options: Pointer<"SessionOptions">,
    provider: Pointer<"CUDAProviderOptionsV2">,
  ];
  UpdateCUDAProviderOptions: [
    provider: Pointer<"CUDAProviderOptionsV2">,
    ...[keys: readonly string[], values: readonly string[], count: number],
  ];
  SessionOptionsAppendExecutionProvider: [
    ...[options: Pointer<"SessionOptions">, provider: string],
    ...[keys: readonly string[], values: readonly string[], count: number],
  ];
}

export type Name = Maker | keyof Calls;

/** The index of each function, and the C types of its parameters; "made" is the address of the made object. */
export const FUNCTIONS: { readonly [N in Name]: readonly [index: number, ...parameters: string[]] } = {
  CreateEnv: [3, "int", "const char *", "made"],
  CreateSessionFromArray: [8, "void *", "const uint8_t *", "size_t", "void *", "made"],
  CreateSessionOptions: [10, "made"],
  EnableProfiling: [14, "void *", PATH],
  AddSessionConfigEntry: [130, "void *", "const char *", "const char *"],
  CreateAndRegisterAllocator: [144, "void *", "void *", "void *"],
  DisableMemPattern: [17, "void *"],
  SetSessionLogSeverityLevel: [22, "void *", "int"],
  SetSessionGraphOptimizationLevel: [23, "void *", "int"],
  CreateRunOptions: [39, "made"],
  RunOptionsSetRunLogSeverityLevel: [41, "void *", "int"],
  RunOptionsSetTerminate: [46, "void *"],
  RunOptionsUnsetTerminate: [47, "void *"],
  CreateTensorAsOrtValue: [48, "void *", "const int64_t *", "size_t", "int", "made"],
  CreateTensorWithDataAsOrtValue: [49, "void *", "void *", "size_t", "const int64_t *", "size_t", "int", "made"],
  CreateMemoryInfo: [68, "const char *", "int", "int", "int", "made"],
  CreateCpuMemoryInfo: [69, "int", "int", "made"],
  CreateAllocator: [131, "void *", "void *", "made"],
  RunWithBinding: [133, "void *", "void *", "void *"],
  CreateIoBinding: [134, "void *", "made"],
  BindInput: [136, "void *", "const char *", "void *"],
  BindOutput: [137, "void *", "const char *", "void *"],
  SessionOptionsAppendExecutionProvider_CUDA_V2: [204, "void *", "void *"],
  AddRunConfigEntry: [165, "void *", "const char *", "const char *"],
  CreateArenaCfgV2: [164, "const char **", "const size_t *", "size_t", "made"],
  CreateCUDAProviderOptions: [205, "made"],
  UpdateCUDAProviderOptions: [206, "void *", "const char **", "const char **", "size_t"],
  SessionOptionsAppendExecutionProvider: [216, "void *", "const char *", "const char **", "const char **", "size_t"],
};
