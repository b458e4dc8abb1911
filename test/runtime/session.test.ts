// The runtime's own words, and how devices are set up.
import assert from "node:assert/strict";
import test from "node:test";
import { InputError } from "../../src/errors.ts";
import { Graph } from "../../src/graph/graph.ts";
import type { Precision } from "../../src/graph/precision.ts";
import { reasonOf } from "../../src/runtime/reason.ts";
import { Session } from "../../src/runtime/session.ts";

test("of the runtime's errors the part is told that a person can use", () => {
  for (const [message, reason] of [
    [
      "/onnxruntime_src/onnxruntime/core/providers/webgpu/webgpu_context.cc:100 onnxruntime::webgpu::WebGpuContext::Initialize(const onnxruntime::webgpu::WebGpuContextConfig&)::<lambda()> adapter_result.status == wgpu::RequestAdapterStatus::Success was false. Failed to get a WebGPU adapter: No supported adapters\n",
      "Failed to get a WebGPU adapter: No supported adapters",
    ],
    ["OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library", "Failed to load shared library"],
    [
      "/onnxruntime_src/onnxruntime/core/session/provider_bridge_ort.cc:1988 onnxruntime::Provider& onnxruntime::ProviderLibrary::Get() [ONNXRuntimeError] : 1 : FAIL : Failed to load library libonnxruntime_providers_cuda.so with error: libcudnn.so.9: cannot open shared object file: No such file or directory\n",
      "Failed to load library libonnxruntime_providers_cuda.so with error: libcudnn.so.9: cannot open shared object file: No such file or directory",
    ],
    [
      "/onnxruntime_src/onnxruntime/core/providers/cuda/cuda_call.cc:129 std::conditional_t<THRW, void, onnxruntime::common::Status> onnxruntime::CudaCall(ERRTYPE, const char*, const char*, SUCCTYPE, const char*, const char*, int) [with ERRTYPE = cudaError; bool THRW = true; SUCCTYPE = cudaError] CUDA failure 100: no CUDA-capable device is detected ; GPU=-1 ; hostname=h ; file=/onnxruntime_src/x.cc ; line=1 ; expr=cudaSetDevice(0);",
      "CUDA failure 100: no CUDA-capable device is detected",
    ],
    ["an axis is out of range", "an axis is out of range"],
  ])
    assert.equal(reasonOf(message!), reason);
});

test("CUDA computes float32 in float32: TF32 is turned off before the provider loads, unless the run asks for it", async (t) => {
  const before = process.env.NVIDIA_TF32_OVERRIDE;
  t.after(() => {
    if (before === undefined) delete process.env.NVIDIA_TF32_OVERRIDE;
    else process.env.NVIDIA_TF32_OVERRIDE = before;
  });
  const graph = new Graph("constant");
  graph.output("y", graph.scalar(1));
  const failure = (precision: Precision) =>
    Session.create(graph, "cuda:99", { precision }).then(
      () => assert.fail("there is no such device"),
      (error: unknown) => {
        assert.ok(error instanceof InputError);
        return error.message;
      },
    );
  delete process.env.NVIDIA_TF32_OVERRIDE;
  const missing = await failure("tf32");
  assert.equal(process.env.NVIDIA_TF32_OVERRIDE, undefined);
  assert.equal(await failure("float32"), missing);
  assert.equal(process.env.NVIDIA_TF32_OVERRIDE, "0");
  assert.match(
    await failure("tf32"),
    /^device cuda:99: precision tf32 is not possible: this process multiplies in float32/,
  );
});
