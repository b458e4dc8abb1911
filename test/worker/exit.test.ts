// Why a process ended, from its code, its signal and its last words: each line of the table.
import assert from "node:assert/strict";
import test from "node:test";
import { type Ending, exitText, folderText, startText } from "../../src/worker/exit.ts";

const text = (ending: Partial<Ending>) =>
  exitText({ code: null, signal: null, printed: "", memoryRanOut: false, ...ending });

const PRINTED: readonly (readonly [printed: string, said: RegExp])[] = [
  [
    "<--- Last few GCs --->\n[1:0x1] 9 ms: Mark-sweep\nFATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n 1: 0xb7",
    /ran out of JavaScript memory; use a smaller data file/,
  ],
  ["CUDA failure 2: out of memory ; GPU=0", /ran out of GPU memory; use a smaller batch size/],
  ["CUDA error: out of memory", /ran out of GPU memory/],
  ["CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version", /no usable CUDA driver; update/],
  ["CUDA failure 100: no CUDA-capable device is detected", /no usable CUDA driver/],
  [
    "CUDA failure 700: an illegal memory access was encountered ; GPU=0",
    /on the GPU \(CUDA failure 700: an illegal .*d\)/,
  ],
  [
    "/lib/libc.so.6: version `GLIBC_2.28' not found (required by libonnxruntime.so.1)",
    /C library lacks GLIBC_2\.28; use a newer system/,
  ],
  ["Error loading shared library ld-linux-x86-64.so.2: No such file", /not glibc \(Alpine Linux\); use a newer system/],
  [
    "libcudart.so.12: cannot open shared object file: No such file",
    /system library libcudart\.so\.12; install the pack/,
  ],
  [
    "Error: dlopen(onnxruntime_binding.node, 0x1): tried",
    /cannot load its native code \(dlopen\(onnx.*tried\); reinstall/,
  ],
  [
    "Error: Cannot find module '/x/dist/worker.js'\nat x",
    /cannot start: \/x\/dist\/worker\.js is missing; reinstall Mask/,
  ],
  ["Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'onnxruntime-node' imported from", /onnxruntime-node is missing/],
  [
    "terminate called after throwing an instance of 'std::bad_alloc'",
    /could not allocate more memory; use a smaller batch/,
  ],
  ["RangeError: Array buffer allocation failed", /could not allocate more memory/],
  ["Error: EMFILE: too many open files, open 'x'", /too many open files; raise the limit \(ulimit -n\)/],
  ["Error: ENOSPC: no space left on device, write", /ran out of disk space; free some space/],
  ["pthread_create failed, error code: 11", /could not start a thread; raise the process limit/],
];

for (const [printed, said] of PRINTED)
  test(`printed: ${printed.slice(0, 60).replaceAll("\n", " ")}`, () => {
    // The same, however the process went then.
    for (const how of [{ code: 1 }, { signal: "SIGABRT" }] as const) {
      const sentence = text({ printed: `something before\n${printed}\nsomething after`, ...how });
      assert.match(sentence, said);
      assert.match(sentence, /^the compute process [^\n]*\.$/);
    }
  });

for (const [signal, said] of [
  [
    "SIGKILL",
    /was killed \(SIGKILL\), manually or because memory ran out; try again; if memory ran out, use a smaller/,
  ],
  ["SIGSEGV", /crashed in native code \(SIGSEGV\); try again; if it happens again, report it/],
  ["SIGBUS", /crashed in native code \(SIGBUS\); check that no disk is full/],
  ["SIGFPE", /crashed in native code \(SIGFPE\)/],
  ["SIGTRAP", /aborted \(SIGTRAP\)/],
  ["SIGABRT", /aborted \(SIGABRT\)/],
  ["SIGILL", /an instruction that this processor lacks \(SIGILL\); use a newer processor/],
  ["SIGSYS", /a system call that a sandbox forbids \(SIGSYS\); run MaskLens outside/],
  ["SIGXCPU", /exceeded its CPU time limit \(SIGXCPU\); raise the limit \(ulimit -t\)/],
  ["SIGXFSZ", /exceeded the file size limit \(SIGXFSZ\); raise the limit \(ulimit -f\)/],
  ["SIGTERM", /was terminated \(SIGTERM\), manually or by the system; try again/],
  ["SIGINT", /was interrupted \(SIGINT\); try again/],
  ["SIGHUP", /was terminated because its terminal was closed \(SIGHUP\); try again/],
  ["SIGUSR2", /was terminated by SIGUSR2; try again/],
] as const)
  test(`the signal ${signal}`, () => assert.match(text({ signal }), said));

test("a signal's number comes from a shell in between, too", { skip: process.platform === "win32" }, () => {
  assert.equal(text({ code: 137 }), text({ signal: "SIGKILL" }));
  assert.equal(text({ code: 139 }), text({ signal: "SIGSEGV" }));
});

test("what the system killed for want of memory says so", () =>
  assert.match(text({ signal: "SIGKILL", memoryRanOut: true }), /killed by the system because memory ran out; use a /));

test("what was killed from outside is not explained by what it printed before", () =>
  assert.match(
    text({ signal: "SIGKILL", printed: "libx.so.1: cannot open shared object file" }),
    /was killed \(SIGKILL\)/,
  ));

test("the codes of Windows are said in words", () => {
  for (const [code, said] of [
    [0xc0000005, /crashed in native code \(access violation\)/],
    [0xc00000fd, /stack overflow/],
    [0xc0000374, /heap corruption/],
    [0xc0000409, /aborted in native code/],
    [0xc000001d, /an instruction that this processor lacks/],
    [0xc0000017, /could not allocate more memory/],
    [0xc0000135, /a system library is missing; install the Microsoft Visual C\+\+/],
    [0xc0000142, /a system library failed to initialize; restart/],
    [0xc000013a, /was interrupted/],
  ] as const)
    assert.match(text({ code }), said);
});

test("of what nobody knows the code and the last words are given, without the stack", () =>
  assert.equal(
    text({
      code: 7,
      printed: "/x/worker.js:12\n      throw new Error(1)\n      ^\nError: odd\n    at f (x:1)\n\nNode.js v20\n",
    }),
    "the compute process ended unexpectedly (exit code 7, last output: Error: odd); try again; if it happens again, report it and attach the log.",
  ));

test("why a process cannot start is said with what to do", () => {
  for (const [code, said] of [
    ["ENOENT", /its program no longer exists; restart/],
    ["EACCES", /is not executable; check the permissions/],
    ["EPERM", /is not executable/],
    ["EAGAIN", /too many processes; raise the limit \(ulimit -u\)/],
    ["EMFILE", /too many open files; raise the limit \(ulimit -n\)/],
    ["ENFILE", /too many open files; close/],
    ["ENOMEM", /no memory left; close/],
    ["EODD", /: odd; try again\.$/],
  ] as const)
    assert.match(startText(Object.assign(new Error("odd"), { code })), said);
});

test("a folder that cannot be made is named, with the reason", () => {
  const failed = (code: string) => folderText("/tmp", Object.assign(new Error("x"), { code }));
  assert.match(
    failed("ENOSPC"),
    /no folder can be created in \/tmp \(its disk is full\); free some space there, or set TMPDIR/,
  );
  assert.match(failed("EDQUOT"), /\(your disk quota is used up\)/);
  assert.match(failed("ENOENT"), /\(it does not exist\); set TMPDIR/);
  assert.match(failed("EACCES"), /\(EACCES\)/);
});
