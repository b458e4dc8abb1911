import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { type InstallEvent, install, type Plan, plan, remove } from "../../src/device/cuda/install.ts";
import { candidateFolders } from "../../src/device/cuda/libraries.ts";
import { findPip } from "../../src/device/cuda/pip.ts";
import { cudaProblem } from "../../src/device/cuda/problem.ts";
import { commitOf, readSupport, supportEnvironment } from "../../src/device/cuda/support.ts";
import { LIBRARY_WHEELS, PROVIDER, PROVIDER_WHEEL, RUNTIME } from "../../src/device/cuda/wheels.ts";
import { packagedLibrary } from "../../src/runtime/library.ts";
import { Small } from "./small-support.ts";

const linux = process.platform === "linux" && process.arch === "x64";

/** Installs, and gives what happened. */
async function installed(small: Small, planned: Plan, signal = new AbortController().signal): Promise<InstallEvent[]> {
  const events: InstallEvent[] = [];
  await install(planned, { origin: small.origin, signal, onEvent: (event) => events.push(event) });
  return events;
}

const downloads = (small: Small) => readFileSync(path.join(small.folder, "log"), "utf8").trim().split("\n");

test("wheels are downloaded, checked and unpacked, and a compute process finds what they hold", async () => {
  const small = new Small();
  const events = await installed(small, small.plan());
  assert.deepEqual(
    events.filter(({ done, what }) => done === 0 || what === "unpack").map(({ what, file }) => `${what} ${file}`),
    [
      ...small.wheels.flatMap(({ file }) => [`download ${file}`, `check ${file}`]),
      ...[...Array(3).fill(small.wheels[0]!.file), small.wheels[1]!.file].map((file) => `unpack ${file}`),
    ],
  );
  const support = readSupport(small.installed)!;
  assert.equal(support.commit, "abc123");
  assert.deepEqual(support.libraries, []);
  const place = path.join(small.installed, support.place);
  assert.deepEqual(supportEnvironment(small.installed, { LD_LIBRARY_PATH: "/mine" }), {
    MASKLENS_RUNTIME: place,
    LD_LIBRARY_PATH: `${place}:/mine`,
  });
  assert.deepEqual(
    readdirSync(small.installed).sort(),
    [support.place, "support.json"],
    "neither wheels nor parts remain",
  );
  assert.deepEqual(
    readdirSync(place).sort(),
    ["libcublas.so.13", PROVIDER, "libonnxruntime_providers_shared.so"].sort(),
  );
  const foreign = path.join(small.installed, "mine.txt");
  writeFileSync(foreign, "");
  await remove(small.installed);
  assert.deepEqual(readdirSync(small.installed), ["mine.txt"], "what it has not made is not removed");
  rmSync(foreign);
  await remove(small.installed);
  assert.ok(!existsSync(small.installed));
  assert.deepEqual(supportEnvironment(small.installed, {}), {});
});

test("what is interrupted twice goes on where it was, and leaves nothing half done", async () => {
  const small = new Small();
  const slow = path.join(small.folder, "slow");
  for (const before of [0, 1]) {
    if (before === 0) writeFileSync(slow, "");
    const controller = new AbortController();
    const work = install(small.plan(), {
      ...{ origin: small.origin, signal: controller.signal },
      onEvent: ({ what, file, done }) => {
        if (before === 0 && done === 50) controller.abort(); // half of the first wheel
        if (before === 1 && what === "check" && done && file === small.wheels[0]!.file) writeFileSync(slow, "");
        if (before === 1 && what === "download" && file === small.wheels[1]!.file && done === 50) controller.abort();
      },
    });
    await assert.rejects(work, { name: "Stopped" });
    rmSync(slow);
    assert.equal(readSupport(small.installed), undefined);
    assert.deepEqual(
      readdirSync(path.join(small.installed, "wheels")),
      small.wheels.slice(0, before).map(({ file }) => file),
    );
  }
  await installed(small, small.plan());
  assert.ok(readSupport(small.installed));
  // The first wheel was interrupted once and then had; the second was interrupted once.
  assert.deepEqual(downloads(small), ["onnxruntime_gpu", "onnxruntime_gpu", "nvidia_cublas", "nvidia_cublas"]);
});

test("a wheel with one flipped byte is refused, downloaded or from a folder, and nothing of it is used", async () => {
  for (const from of [false, true]) {
    const small = new Small();
    const file = path.join(small.index, small.wheels[1]!.file);
    const bytes = readFileSync(file);
    bytes[60]! ^= 1;
    writeFileSync(file, bytes);
    await assert.rejects(
      installed(small, small.plan(from ? { pip: undefined, from: small.index } : {})),
      /nvidia_cublas-1\.whl: the wheel of nvidia-cublas 1 is not the expected file; get the file whose SHA-256 is [0-9a-f]{64}/,
    );
    assert.equal(readSupport(small.installed), undefined);
  }
});

test("a missing wheel and pip's own reason are said with what to do", async () => {
  const small = new Small();
  rmSync(path.join(small.index, small.wheels[0]!.file));
  await assert.rejects(
    installed(small, small.plan()),
    /^InputError: pip cannot download onnxruntime_gpu-1\.whl: No matching distribution found for onnxruntime_gpu; download the wheels elsewhere/,
  );
  await assert.rejects(
    installed(small, small.plan({ pip: undefined, from: small.index })),
    /the wheel of onnxruntime-gpu 1 is missing; get the file/,
  );
});

test("a provider of another commit than MaskLens's core is refused", async () => {
  const small = new Small({ commit: "def456" });
  await assert.rejects(
    installed(small, small.plan()),
    /the provider is of ONNX Runtime's commit def456, and MaskLens's core of abc123; use the versions/,
  );
  assert.equal(readSupport(small.installed), undefined);
});

test("libraries that are here already are used where they are, and one that nobody has is named", async () => {
  const small = new Small({ needs: ["libcublas.so.13", "libcudart.so.13"] });
  await assert.rejects(installed(small, small.plan()), /the provider needs libcudart\.so\.13; report/);
  await installed(small, small.plan({ found: new Map([["libcudart.so.13", "/usr/local/cuda/lib64"]]) }));
  assert.deepEqual(readSupport(small.installed)!.libraries, ["/usr/local/cuda/lib64"]);
});

test("an installation that fails leaves the one before as it was, and one that succeeds replaces it", async () => {
  const small = new Small();
  await installed(small, small.plan());
  const before = readSupport(small.installed)!;
  const other = new Small({ commit: "def456" });
  const planned = { ...other.plan(), folder: small.installed };
  await assert.rejects(installed(small, planned), /commit def456/);
  const controller = new AbortController();
  const aborted = install(small.plan(), {
    ...{ origin: small.origin, signal: controller.signal },
    onEvent: ({ what }) => what === "unpack" && controller.abort(),
  });
  await assert.rejects(aborted, { name: "Stopped" });
  assert.deepEqual(readSupport(small.installed), before);
  assert.equal(
    await cudaProblem(small.installed, small.origin, { PATH: "", LD_LIBRARY_PATH: stubDriver(small) }),
    undefined,
  );
  mkdirSync(path.join(small.installed, "new-999999999-00"));
  await installed(small, small.plan());
  const after = readSupport(small.installed)!;
  assert.notEqual(after.place, before.place);
  assert.deepEqual(
    readdirSync(small.installed).sort(),
    [after.place, "support.json"],
    "nor what a killed one has left",
  );
});

test("a folder that cannot be written is said with what to do", async () => {
  const small = new Small();
  writeFileSync(small.installed, "a file");
  await assert.rejects(installed(small, small.plan()), { name: "InputError" });
});

/** A folder with a driver's library. */
function stubDriver(small: Small): string {
  const folder = path.join(small.folder, "driver");
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "libcuda.so.1"), "");
  return folder;
}

test("Python runs no module of the current folder", async () => {
  const small = new Small();
  const [folder, before] = [path.join(small.folder, "hostile"), process.cwd()];
  mkdirSync(path.join(folder, "pip"), { recursive: true });
  const note = path.join(folder, "ran");
  for (const file of ["pip/__main__.py", "sysconfig.py"])
    writeFileSync(path.join(folder, file), `open(${JSON.stringify(note)}, "w")`);
  process.chdir(folder);
  try {
    await findPip().catch(() => undefined);
    await candidateFolders();
  } finally {
    process.chdir(before);
  }
  assert.ok(!existsSync(note));
});

test("what became of an installation is said with what to do", async () => {
  const small = new Small({ needs: ["libcublas.so.13", "libc.so.6"] });
  const said = async () => {
    const problem = await cudaProblem(small.installed, small.origin, { PATH: "" });
    return problem && `${problem.what}; ${problem.remedy}`;
  };
  const install = "install CUDA support: masklens devices --install cuda (in the editor: Install CUDA Support…)";
  assert.equal(await said(), `CUDA support is not installed; ${install}`);
  await installed(small, small.plan());
  assert.equal(await said(), undefined);
  const record = path.join(small.installed, "support.json");
  const { place } = readSupport(small.installed)!;
  const [provider, library] = [PROVIDER, "libcublas.so.13"].map((name) => path.join(small.installed, place, name));
  const whole = readFileSync(provider!);
  writeFileSync(provider!, whole.subarray(0, 99));
  assert.equal(await said(), `${PROVIDER} has 99 bytes instead of ${whole.length}; ${install}`);
  assert.deepEqual(supportEnvironment(small.installed, {}), {}, "a truncated provider is not loaded");
  const other = Buffer.from(whole);
  other[other.length - 1]! ^= 1;
  writeFileSync(provider!, other);
  assert.match((await said())!, /is not the file that was installed \(its SHA-256 differs\); install CUDA/);
  writeFileSync(provider!, whole);
  const cublas = readFileSync(library!);
  rmSync(library!);
  assert.equal(await said(), `libcublas.so.13 is missing; ${install}`);
  writeFileSync(library!, cublas);
  writeFileSync(record, JSON.stringify({ ...JSON.parse(readFileSync(record, "utf8")), runtime: "1.29.0" }));
  assert.equal(await said(), `this CUDA support is for ONNX Runtime 1.29.0, and MaskLens uses ${RUNTIME}; ${install}`);
  writeFileSync(record, "{");
  assert.equal(await said(), `support.json is damaged; ${install}`);
});

test("a library that was used from elsewhere and has gone is named, with one of another CUDA version", async () => {
  const small = new Small({ needs: ["libcudart.so.13"] });
  const [now, older] = ["now", "older"].map((name) => path.join(small.folder, name));
  for (const folder of [now!, older!]) mkdirSync(path.join(folder, "lib64"), { recursive: true });
  writeFileSync(path.join(now!, "lib64", "libcudart.so.13"), "");
  writeFileSync(path.join(older!, "lib64", "libcudart.so.12"), "");
  await installed(small, small.plan({ found: new Map([["libcudart.so.13", path.join(now!, "lib64")]]) }));
  const problem = (home: string) => cudaProblem(small.installed, small.origin, { PATH: "", CUDA_HOME: home });
  assert.equal(await problem(older!), undefined);
  rmSync(now!, { recursive: true });
  const what = (await problem(older!))?.what;
  if (existsSync("/usr/local/cuda/lib64/libcudart.so.13")) assert.equal(what, undefined, "this machine has it");
  else
    assert.equal(what, "CUDA's library libcudart.so.13 is missing (libcudart.so.12 is here, of another CUDA version)");
});

test("the wheels belong to the runtime that MaskLens ships, whose core names its commit", async () => {
  const { dependencies } = JSON.parse(readFileSync("package.json", "utf8"));
  assert.equal(dependencies["onnxruntime-node"], RUNTIME);
  for (const { file, version, sha256 } of [PROVIDER_WHEEL, ...LIBRARY_WHEELS]) {
    assert.ok(file.includes(`-${version}-`), file);
    assert.match(sha256, /^[0-9a-f]{64}$/);
  }
  if (linux) assert.match((await commitOf(packagedLibrary(path.resolve("package.json"))))!, /^[0-9a-f]{7,}$/);
});

test("a plan names what is downloaded without downloading it, and other systems are told", async () => {
  const small = new Small();
  const asked = plan({ folder: small.installed, from: small.index, environment: { PATH: "" } });
  if (!linux) return assert.rejects(asked, /CUDA is supported on Linux x64 only/);
  const { wheels, bytes, downloaded } = await asked;
  assert.equal(wheels[0], PROVIDER_WHEEL);
  assert.equal(
    bytes,
    wheels.reduce((sum, wheel) => sum + wheel.bytes, 0),
  );
  assert.equal(downloaded, 0);
  assert.ok(!existsSync(small.installed));
});
