// CUDA support in small: wheels of a few bytes, a pip that copies them, a core that names a commit.

import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Plan } from "../../src/device/cuda/install.ts";
import type { Wheel } from "../../src/device/cuda/wheels.ts";
import { BRIDGE, CORE, DRIVER, PROVIDER } from "../../src/device/cuda/wheels.ts";
import { zipOf } from "../model/weights/torch-files.ts";
import { elfOf } from "./elf-file.ts";

/** A folder with a wheel of the provider and one of a library that it needs, a pip, and MaskLens's own core. */
export class Small {
  readonly folder = mkdtempSync(path.join(tmpdir(), "masklens-test-"));
  /** Where it is installed. */
  readonly installed = path.join(this.folder, "cuda");
  /** Where pip finds wheels. */
  readonly index = path.join(this.folder, "index");
  /** A file of a MaskLens whose core is of the commit abc123. */
  readonly origin = path.join(this.folder, "masklens", "package.json");
  readonly wheels: readonly Wheel[];

  constructor({ commit = "abc123", needs = ["libcublas.so.13", DRIVER, "libc.so.6"] } = {}) {
    mkdirSync(this.index);
    this.wheels = [
      this.#wheel("onnxruntime-gpu", [
        [CORE, Buffer.from(`…git-commit-id=${commit},…`)],
        [`onnxruntime/capi/${PROVIDER}`, elfOf(needs)],
        [`onnxruntime/capi/${BRIDGE}`, Buffer.from("the bridge")],
      ]),
      this.#wheel("nvidia-cublas", [["nvidia/cu13/lib/libcublas.so.13", Buffer.from("cuBLAS")]]),
    ];
    const core = path.join(path.dirname(this.origin), "node_modules", "onnxruntime-node", "bin", "napi-v6");
    const place = path.join(core, process.platform, process.arch);
    mkdirSync(place, { recursive: true });
    writeFileSync(path.join(core, "..", "..", "package.json"), "{}");
    writeFileSync(path.join(place, "libonnxruntime.so.1"), "git-commit-id=abc123\0");
    writeFileSync(this.origin, "{}");
  }

  #wheel(project: string, files: readonly (readonly [string, Uint8Array])[]): Wheel {
    const bytes = zipOf(files);
    const file = `${project.replace("-", "_")}-1.whl`;
    writeFileSync(path.join(this.index, file), bytes);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    return { project, version: "1", file, bytes: bytes.length, sha256, libraries: files.map(([name]) => name) };
  }

  /**
   * A plan whose pip copies wheels from the index and notes each in the file `log`. While the file `slow` exists, it waits with half
   * of a wheel until it is killed.
   */
  plan(more: Partial<Plan> = {}): Plan {
    const python = path.join(this.folder, "python");
    writeFileSync(
      python,
      `#!/bin/sh
while [ "$1" != -d ]; do shift; done
into="$2"; wanted=$(sed 's/==.*//; s/-/_/g' "$4")
echo "$wanted" >> '${this.folder}/log'
for file in '${this.index}'/"$wanted"*; do
  [ -e "$file" ] || { echo "ERROR: No matching distribution found for $wanted"; exit 1; }
  if [ -e '${this.folder}/slow' ]; then head -c 50 "$file" > "$TMPDIR/half.whl"; exec sleep 600; fi
  cp "$file" "$into"/
done
`,
    );
    chmodSync(python, 0o755);
    return {
      ...{ folder: this.installed, from: undefined, wheels: this.wheels, downloaded: 0, found: new Map() },
      pip: { python, version: "pip 0", indexes: [] },
      bytes: this.wheels.reduce((sum, { bytes }) => sum + bytes, 0),
      ...more,
    };
  }
}
