// What a compute process gets of its parent's environment.
import assert from "node:assert/strict";
import test from "node:test";
import { environmentOf } from "../../src/worker/environment.ts";

const ours = { ORT_DISABLE_TELEMETRY: "1", MASKLENS_PARENT: String(process.pid) };
const unix = { windows: false, electron: false };

test("what it needs passes, and nothing else", () => {
  const needed = {
    ...{ PATH: "/bin", HOME: "/home/a", TMPDIR: "/t", LANG: "C", LC_ALL: "C", LD_LIBRARY_PATH: "/cuda" },
    ...{ CUDA_VISIBLE_DEVICES: "1", NVIDIA_TF32_OVERRIDE: "1", OMP_NUM_THREADS: "2", VK_DRIVER_FILES: "/x.json" },
    ...{ HF_HOME: "/hf", HF_HUB_CACHE: "/hf/hub", XDG_CACHE_HOME: "/c", MASKLENS_DEBUG: "1" },
  };
  const kept = {
    ...{
      HF_TOKEN: "x",
      AWS_SECRET_ACCESS_KEY: "x",
      GITHUB_TOKEN: "x",
      SSH_AUTH_SOCK: "x",
      NODE_OPTIONS: "--require x",
    },
    ...{
      LD_PRELOAD: "x",
      DYLD_INSERT_LIBRARIES: "x",
      LD_AUDIT: "x",
      GLIBC_TUNABLES: "x",
      NODE_PATH: "x",
      VSCODE_IPC: "x",
    },
  };
  assert.deepEqual(environmentOf({ ...needed, ...kept, EMPTY: undefined }, unix), { ...needed, ...ours });
});

test("our settings stand over the parent's", () => {
  const parent = { MALLOC_ARENA_MAX: "8", ORT_DISABLE_TELEMETRY: "0" };
  assert.deepEqual(environmentOf(parent, unix), ours);
});

test("on Windows names are the same in any case", () => {
  const parent = { Path: "C:\\", SystemRoot: "C:\\Windows", windir: "C:\\Windows", Token: "x" };
  const { Token, ...needed } = parent;
  assert.deepEqual(environmentOf(parent, { windows: true, electron: false }), { ...needed, ...ours });
});

test("Electron runs as Node", () => {
  assert.equal(environmentOf({}, { windows: false, electron: true }).ELECTRON_RUN_AS_NODE, "1");
  assert.equal(environmentOf({ ELECTRON_RUN_AS_NODE: "1" }, unix).ELECTRON_RUN_AS_NODE, "1");
  assert.equal(environmentOf({}, unix).ELECTRON_RUN_AS_NODE, undefined);
});
