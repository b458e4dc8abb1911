import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { candidateFolders, locate } from "../../src/device/cuda/libraries.ts";
import { gpusIn } from "../../src/device/list.ts";

test("libraries are found where the user points first, then in CUDA's folder, then by the loader", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "masklens-test-"));
  const at = (...parts: string[]) => path.join(folder, ...parts);
  for (const place of ["mine", "cuda/lib64", "conda/lib"]) mkdirSync(at(place), { recursive: true });
  for (const file of ["mine/liba.so.1", "cuda/lib64/liba.so.1", "cuda/lib64/libb.so.1"]) writeFileSync(at(file), "");
  const folders = await candidateFolders({
    ...{ PATH: "", LD_LIBRARY_PATH: `${at("mine")}:${at("absent")}` },
    ...{ CUDA_HOME: at("cuda"), CONDA_PREFIX: at("conda") },
  });
  assert.deepEqual(
    [...locate(["liba.so.1", "libb.so.1", "libc.so.6", "libd.so.1"], folders, new Set(["libb.so.1", "libc.so.6"]))],
    [
      ["liba.so.1", at("mine")],
      ["libb.so.1", at("cuda", "lib64")],
      ["libc.so.6", ""],
    ],
  );
  assert.ok(folders.includes(at("conda", "lib")));
});

test("the GPUs of nvidia-smi's answer have names, memory and the driver's version", () => {
  assert.deepEqual(gpusIn("0, NVIDIA H100 80GB HBM3, 81559, 580.159.04\n1, NVIDIA GB10, [N/A], 580.95\n"), [
    { device: "cuda:0", name: "NVIDIA H100 80GB HBM3", driver: "580.159.04", memory: 81559 * 2 ** 20 },
    { device: "cuda:1", name: "NVIDIA GB10", driver: "580.95", memory: null },
  ]);
  assert.deepEqual(gpusIn("NVIDIA-SMI has failed because it could not communicate with the driver.\n"), []);
});
