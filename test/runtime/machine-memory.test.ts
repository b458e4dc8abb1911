// How much memory is left, from files as the kernel writes them, and when a process must end for it.
import assert from "node:assert/strict";
import test from "node:test";
import {
  exhaustedText,
  exhausts,
  machineMemory,
  memoryIn,
  requireMemory,
  residentOf,
  roomLeft,
} from "../../src/runtime/machine-memory.ts";

const MEMINFO =
  "MemTotal:       16000000 kB\nMemFree:  1 kB\nMemAvailable:    8000000 kB\nSwapTotal: 9 kB\nSwapFree: 1000000 kB\n";

/** Files that are there; reading others throws. */
const files = (contents: Readonly<Record<string, string>>) => (file: string) => {
  const text = contents[file];
  if (text === undefined) throw new Error(`ENOENT ${file}`);
  return text;
};

test("without limits the machine's memory counts, with its swap", () => {
  const read = files({ "/proc/meminfo": MEMINFO, "/proc/self/cgroup": "0::/\n" });
  assert.deepEqual(machineMemory("linux", read), { total: 16_000_000 * 1024, available: 9_000_000 * 1024 });
});

test("a container's limit counts where it is tighter, without what is only cached; also one further up", () => {
  const second = {
    "/proc/meminfo": MEMINFO,
    "/proc/self/cgroup": "0::/a/b\n",
    "/sys/fs/cgroup/a/b/memory.max": "max\n",
    "/sys/fs/cgroup/a/b/memory.current": "7\n",
    "/sys/fs/cgroup/a/b/memory.stat": "inactive_file 1\n",
    "/sys/fs/cgroup/a/memory.max": "4000000000\n",
    "/sys/fs/cgroup/a/memory.current": "3900000000\n",
    "/sys/fs/cgroup/a/memory.stat": "anon 1\ninactive_file 200000000\nactive_file 100000000\n",
  };
  assert.deepEqual(machineMemory("linux", files(second)), { total: 4e9, available: 4e8 });
  const first = {
    "/proc/meminfo": MEMINFO,
    "/proc/self/cgroup": "5:cpu:/x\n4:memory,hugetlb:/of/the/host\n0::/\n",
    // The host's path is not there within the container, its own group is the root.
    "/sys/fs/cgroup/memory/memory.limit_in_bytes": "2000000000\n",
    "/sys/fs/cgroup/memory/memory.usage_in_bytes": "1500000000\n",
    "/sys/fs/cgroup/memory/memory.stat": "inactive_file 9\ntotal_inactive_file 60000000\ntotal_active_file 40000000\n",
  };
  assert.deepEqual(machineMemory("linux", files(first)), { total: 2e9, available: 6e8 });
});

test("where nobody can tell, nothing is told", () => {
  assert.equal(machineMemory("linux", files({})), undefined);
  assert.equal(machineMemory("linux", files({ "/proc/meminfo": "MemTotal: 5 kB\n" })), undefined);
  assert.equal(machineMemory("darwin"), undefined);
});

test("a process's own memory is the system's count, or else what it said", () => {
  const read = files({ "/proc/12/status": "Name: x\nVmRSS:\t   2000 kB\n" });
  assert.equal(residentOf(12, 5, read), 2_048_000);
  assert.equal(residentOf(13, 5, read), 5);
});

test("a process ends when a sixteenth is left and it is what fills the memory", () => {
  const total = 8e9;
  assert.equal(exhausts(6e9, { total, available: 1e9 }), false);
  assert.equal(exhausts(6e9, { total, available: 4e8 }), true);
  assert.equal(exhausts(5e8, { total, available: 4e8 }), false, "others fill it");
});

test("the sentence says what was used, what is left and what to do", () =>
  assert.equal(
    exhaustedText(6.2e9, { total: 8e9, available: 4e8 }),
    "the compute process was killed to keep the computer from running out of memory: it used 6.20 GB, and only 400 MB of 8.00 GB was left; use a smaller batch size or maximum length, mask fewer layers, close other programs, or use a machine with more memory.",
  ));

test("an amount of memory is a number with its unit", () => {
  assert.deepEqual(
    ["64GB", " 1.5 tb", "500 MB"].map((text) => memoryIn(text, {})),
    [64e9, 1.5e12, 5e8],
  );
  for (const text of ["", "64", "-1GB", "1e3GB", "64 GiB", "much"])
    assert.throws(
      () => memoryIn(text, { at: "--memory" }),
      /^InputError: --memory: .* is not an amount of memory; write it like 64GB or 500MB\.$/,
    );
});

test("what a process may use besides what it has is what is available, or what the user says", () => {
  const room = roomLeft({ MASKLENS_MEMORY: "900TB" });
  assert.ok(room < 900e12 && room > 899e12);
  assert.ok(roomLeft({}) < 900e12);
});

test("what needs more memory than there is is refused with both amounts and what to do", () => {
  requireMemory(5e9, "reading it", "use less", 5e9);
  assert.throws(() => requireMemory(5e9, "reading it", "use less", 4e9), {
    message:
      "reading it needs about 5.00 GB of memory, but only 4.00 GB is available; use less (if there is more than MaskLens sees, say how much with --memory or MASKLENS_MEMORY).",
  });
});
