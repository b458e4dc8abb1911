// Explains why a compute process ended or could not start, from its exit code, signal and output: one sentence with the
// remedy.

import { constants } from "node:os";
import { SMALLER } from "../runtime/machine-memory.ts";

/** Thrown when the process ends before it answers. */
export class ProcessEnded extends Error {
  override readonly name = "ProcessEnded";
  /** Its latest output. */
  readonly printed: string;
  constructor(message: string, printed: string) {
    super(message);
    this.printed = printed;
  }
}

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Its latest output. */
  readonly printed: string;
  /** Whether the system killed a process because memory ran out while this one was running. */
  readonly memoryRanOut: boolean;
}

/** What happened, as a predicate of "the compute process", and the remedy. */
interface Reason {
  readonly what: string;
  readonly remedy: string;
}

/** How many of the last lines of output are quoted when the cause is unknown. */
const QUOTED = 5;
/** Lines of a JavaScript error that do not help users: location, source line, stack. */
const STACK = /^(at |[{}]|Node\.js v|\^|throw |<--|-----|\d+: 0x|\S+:\d+$)/;

const REPORT = "try again; if it happens again, report it and attach the log";
const OTHER_DEVICE = "try again, or compute on another device (masklens devices lists them)";
const OLD_SYSTEM = "use a newer system: MaskLens needs glibc 2.28 or later (Debian 10, Ubuntu 20.04, RHEL 8)";

/** Reasons by output; the first match wins. */
const PRINTED: readonly (readonly [RegExp, (match: RegExpExecArray) => Reason])[] = [
  [
    /JavaScript heap out of memory|Reached heap limit|Fatal JavaScript invalid size error/,
    () => ({
      what: "ran out of JavaScript memory",
      remedy: "use a smaller data file or tokenizer, or limit the training examples (--limit)",
    }),
  ],
  [
    /CUDA[^\n]*out of memory|CUDA_ERROR_OUT_OF_MEMORY|CUDA failure 2:|CUBLAS_STATUS_ALLOC_FAILED|VK_ERROR_OUT_OF_DEVICE_MEMORY/i,
    () => ({
      what: "ran out of GPU memory",
      remedy: "use a smaller batch size or maximum length, mask fewer layers, or compute on the CPU",
    }),
  ],
  [
    /CUDA driver version is insufficient|CUDA failure 35:|CUDA failure 803:|no CUDA-capable device|CUDA failure 100:|CUDA_ERROR_NO_DEVICE/i,
    () => ({
      what: "found no usable CUDA driver",
      remedy: "update the NVIDIA driver (nvidia-smi shows its version), or compute on another device",
    }),
  ],
  [
    /CUDA failure \d+: [^\n;]*|CUDA_ERROR_\w+|VK_ERROR_DEVICE_LOST|device (?:was )?lost/i,
    ([found]) => ({ what: `failed on the GPU (${found.trim()})`, remedy: OTHER_DEVICE }),
  ],
  [
    /version [`'"](GLIBC(?:XX)?_[\d.]+)['"] not found/,
    ([, version]) => ({ what: `cannot start: this system's C library lacks ${version}`, remedy: OLD_SYSTEM }),
  ],
  [
    /Error loading shared library (\S+?):|Error relocating \S+/,
    () => ({ what: "cannot start: this system's C library is not glibc (Alpine Linux)", remedy: OLD_SYSTEM }),
  ],
  [
    /([^\s/:]+\.so[.\d]*): cannot open shared object file/,
    ([, library]) => ({
      what: `cannot load the system library ${library}`,
      remedy: "install the package that contains it",
    }),
  ],
  [
    /(?:dlopen|Library not loaded|The specified module could not be found)[^\n]*/,
    ([found]) => ({
      what: `cannot load its native code (${found})`,
      remedy: "reinstall MaskLens for this platform",
    }),
  ],
  [
    /Cannot find (?:module|package) '([^']+)'/,
    ([, name]) => ({ what: `cannot start: ${name} is missing`, remedy: "reinstall MaskLens" }),
  ],
  [
    /std::bad_alloc|bad allocation|Cannot allocate memory|ENOMEM|Failed to allocate memory|Array buffer allocation failed/i,
    () => ({ what: "could not allocate more memory", remedy: SMALLER }),
  ],
  [
    /EMFILE|Too many open files/i,
    () => ({ what: "has too many open files", remedy: "raise the limit (ulimit -n), or close other programs" }),
  ],
  [
    /ENOSPC|No space left on device/i,
    () => ({ what: "ran out of disk space", remedy: "free some space and try again" }),
  ],
  [
    /pthread_create|Resource temporarily unavailable|EAGAIN/i,
    () => ({
      what: "could not start a thread",
      remedy: "raise the process limit (ulimit -u), or close other programs",
    }),
  ],
];

/** Reasons by signal, used if the output matches no pattern. */
const SIGNALS: Partial<Record<NodeJS.Signals, Reason>> = {
  SIGKILL: {
    what: "was killed (SIGKILL), manually or because memory ran out",
    remedy: `try again; if memory ran out, ${SMALLER}`,
  },
  SIGSEGV: { what: "crashed in native code (SIGSEGV)", remedy: REPORT },
  SIGBUS: { what: "crashed in native code (SIGBUS)", remedy: `check that no disk is full, and ${REPORT}` },
  SIGFPE: { what: "crashed in native code (SIGFPE)", remedy: REPORT },
  SIGTRAP: { what: "aborted (SIGTRAP)", remedy: REPORT },
  SIGABRT: { what: "aborted (SIGABRT)", remedy: REPORT },
  SIGILL: {
    what: "used an instruction that this processor lacks (SIGILL)",
    remedy:
      "use a newer processor (x64 needs AVX), or let the virtual machine use all of the host processor's instructions",
  },
  SIGSYS: {
    what: "made a system call that a sandbox forbids (SIGSYS)",
    remedy: "run MaskLens outside the sandbox, or allow the call",
  },
  SIGXCPU: { what: "exceeded its CPU time limit (SIGXCPU)", remedy: "raise the limit (ulimit -t) and try again" },
  SIGXFSZ: { what: "exceeded the file size limit (SIGXFSZ)", remedy: "raise the limit (ulimit -f) and try again" },
  SIGTERM: { what: "was terminated (SIGTERM), manually or by the system", remedy: "try again when you are ready" },
  SIGINT: { what: "was interrupted (SIGINT)", remedy: "try again when you are ready" },
  SIGHUP: { what: "was terminated because its terminal was closed (SIGHUP)", remedy: "try again when you are ready" },
};

/** Signals that come from outside, so the process's output does not explain them. */
const FROM_OUTSIDE: ReadonlySet<NodeJS.Signals> = new Set([
  "SIGKILL",
  "SIGTERM",
  "SIGINT",
  "SIGHUP",
  "SIGXCPU",
  "SIGXFSZ",
]);

/** Windows exit codes that correspond to signals, or come from the loader. */
const WINDOWS: ReadonlyMap<number, Reason> = new Map([
  [0xc0000005, { what: "crashed in native code (access violation)", remedy: REPORT }],
  [0xc00000fd, { what: "crashed in native code (stack overflow)", remedy: REPORT }],
  [0xc0000374, { what: "crashed in native code (heap corruption)", remedy: REPORT }],
  [0xc0000409, { what: "aborted in native code", remedy: REPORT }],
  [0xc000001d, SIGNALS.SIGILL!],
  [0xc0000017, { what: "could not allocate more memory", remedy: SMALLER }],
  [
    0xc0000135,
    { what: "cannot start: a system library is missing", remedy: "install the Microsoft Visual C++ Redistributable" },
  ],
  [
    0xc0000142,
    { what: "cannot start: a system library failed to initialize", remedy: "restart the computer and try again" },
  ],
  [0xc000013a, SIGNALS.SIGINT!],
]);

/** Why a process ended, as one sentence. */
export function exitText(ending: Ending): string {
  const { what, remedy } = reasonOf(ending);
  return `the compute process ${what}; ${remedy}.`;
}

function reasonOf({ code, signal, printed, memoryRanOut }: Ending): Reason {
  const by = signal ?? signalOf(code);
  if (by === "SIGKILL" && memoryRanOut)
    return { what: "was killed by the system because memory ran out", remedy: SMALLER };
  for (const [pattern, reason] of by && FROM_OUTSIDE.has(by) ? [] : PRINTED) {
    const match = pattern.exec(printed);
    if (match) return reason(match);
  }
  const known = by ? SIGNALS[by] : WINDOWS.get(code ?? 0);
  if (known) return known;
  const last = lastWords(printed);
  const output = last && `last output: ${last}`;
  const what = by
    ? `was terminated by ${by}${output && ` (${output})`}`
    : `ended unexpectedly (exit code ${code}${output && `, ${output}`})`;
  return { what, remedy: REPORT };
}

/** The signal in an exit code: a shell that started the process exits with 128 + the signal's number. */
function signalOf(code: number | null): NodeJS.Signals | undefined {
  const found = Object.entries(constants.signals).find(([, number]) => number + 128 === code);
  return found?.[0] as NodeJS.Signals | undefined;
}

function lastWords(printed: string): string {
  return printed
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line && !STACK.test(line))
    .slice(-QUOTED)
    .join(" / ");
}

/** Why a process could not be started, by error code. */
const STARTS: Readonly<Record<string, string>> = {
  ENOENT: "its program no longer exists; restart the editor or the terminal, or reinstall MaskLens",
  EACCES: "its program is not executable; check the permissions of the installation",
  EPERM: "its program is not executable; check the permissions of the installation",
  EAGAIN: "there are too many processes; raise the limit (ulimit -u), or close other programs",
  EMFILE: "there are too many open files; raise the limit (ulimit -n), or close other programs",
  ENFILE: "there are too many open files; close other programs",
  ENOMEM: "there is no memory left; close other programs",
};

/** Why a process could not be started, as one sentence. */
export function startText(error: NodeJS.ErrnoException): string {
  return `the compute process cannot start: ${STARTS[error.code ?? ""] ?? `${error.message}; try again`}.`;
}

/** Why the process's folder could not be created, as one sentence. */
export function folderText(root: string, { code, message }: NodeJS.ErrnoException): string {
  const why = { ENOSPC: "its disk is full", EDQUOT: "your disk quota is used up", ENOENT: "it does not exist" }[
    code ?? ""
  ];
  const space = code === "ENOSPC" || code === "EDQUOT" ? "free some space there, or " : "";
  return `the compute process cannot start: no folder can be created in ${root} (${why ?? code ?? message}); ${space}set TMPDIR to another folder.`;
}
