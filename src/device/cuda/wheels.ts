// The Python wheels that CUDA support consists of, for Linux x64: Microsoft's CUDA execution provider and NVIDIA's libraries.
// Sizes and digests are those of the files that pip downloads.

/** A file of a Python package index, pinned by its digest. */
export interface Wheel {
  readonly project: string;
  readonly version: string;
  readonly file: string;
  readonly bytes: number;
  /** SHA-256, hexadecimal. */
  readonly sha256: string;
  /** The shared libraries in it that MaskLens unpacks, by their paths in the wheel. */
  readonly libraries: readonly string[];
}

/** The version of ONNX Runtime that the provider belongs to: that of the package onnxruntime-node. */
export const RUNTIME = "1.30.0";

/** The wheel's own core: the provider and MaskLens's core must be built from the commit that it names. */
export const CORE = `onnxruntime/capi/libonnxruntime.so.${RUNTIME}`;

/** The provider's files. */
export const PROVIDER = "libonnxruntime_providers_cuda.so";
export const BRIDGE = "libonnxruntime_providers_shared.so";

export const PROVIDER_WHEEL: Wheel = {
  project: "onnxruntime-gpu",
  version: RUNTIME,
  file: "onnxruntime_gpu-1.30.0-cp312-cp312-manylinux_2_28_x86_64.whl",
  bytes: 246_685_715,
  sha256: "6acc0f4b3d5ac5f2984432faa59dd8fcce6775f8b43a7140afa0f322c7a703b1",
  libraries: [CORE, `onnxruntime/capi/${PROVIDER}`, `onnxruntime/capi/${BRIDGE}`],
};

/** NVIDIA's libraries that the provider needs (its NEEDED entries; neither cuDNN nor cuFFT is among them). */
export const LIBRARY_WHEELS: readonly Wheel[] = [
  {
    project: "nvidia-cublas",
    version: "13.10.0.20",
    file: "nvidia_cublas-13.10.0.20-py3-none-manylinux1_x86_64.manylinux_2_5_x86_64.whl",
    bytes: 444_289_903,
    sha256: "dcc6d63884c53d07e267ce7e6feac17b2538cebaafec5db865736c3e28e4dc84",
    libraries: ["nvidia/cu13/lib/libcublas.so.13", "nvidia/cu13/lib/libcublasLt.so.13"],
  },
  {
    project: "nvidia-curand",
    version: "10.4.5.25",
    file: "nvidia_curand-10.4.5.25-py3-none-manylinux_2_27_x86_64.whl",
    bytes: 77_113_015,
    sha256: "22bb226a857e5888fe6b54ae465fc4371296bcff13a35f79e19691bcf454f529",
    libraries: ["nvidia/cu13/lib/libcurand.so.10"],
  },
  {
    project: "nvidia-cuda-runtime",
    version: "13.5.37",
    file: "nvidia_cuda_runtime-13.5.37-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
    bytes: 2_504_024,
    sha256: "df2b79a8852f10d1fef8c848489c49eebb5754051bf870202a862831412b179d",
    libraries: ["nvidia/cu13/lib/libcudart.so.13"],
  },
];

/** The driver's library, which no wheel contains. */
export const DRIVER = "libcuda.so.1";
