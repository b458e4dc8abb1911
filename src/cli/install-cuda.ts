// masklens devices --install cuda: shows what will be downloaded, asks, and shows the progress.

import { createInterface } from "node:readline/promises";
import { cudaFolder } from "../device/cuda/folder.ts";
import { type InstallEvent, install, type Plan, plan } from "../device/cuda/install.ts";
import { InputError } from "../errors.ts";
import { bytes } from "../numbers.ts";
import { Stopped } from "../worker/errors.ts";
import { onStop } from "./signals.ts";
import { table } from "./tables/table.ts";
import { print, type Terminal } from "./terminal.ts";

/** Milliseconds between two lines about the same file. */
const PAUSE = 2000;

export async function installCuda(
  {
    agreed,
    ...asked
  }: { readonly from: string | undefined; readonly python: string | undefined; readonly agreed: boolean },
  terminal: Terminal,
): Promise<void> {
  const planned = await plan({ folder: cudaFolder(), ...asked });
  print(terminal.out, consentText(planned));
  if (!agreed) await askConsent(terminal);
  const controller = new AbortController();
  const off = onStop(() => controller.abort());
  try {
    const { signal } = controller;
    const { libraries } = await install(planned, { origin: import.meta.url, signal, onEvent: reporter(terminal) });
    print(
      terminal.out,
      [
        `\nCUDA support is installed in ${planned.folder}`,
        ...(libraries.length ? [`NVIDIA's other libraries are used from ${libraries.join(", ")}`] : []),
        "Run masklens devices to see whether your GPU works.\n",
      ].join("\n"),
    );
  } catch (error) {
    if (error instanceof Stopped) print(terminal.err, "Interrupted; run the same command again to continue.\n");
    throw error;
  } finally {
    off();
  }
}

/** What is downloaded, from where, how large it is, and where it goes. */
function consentText({ folder, pip, from, wheels, bytes: size, downloaded, found }: Plan): string {
  const source = pip ? `by ${pip.python} -m ${pip.version}, from ${pip.indexes.join(", ")}` : `from the folder ${from}`;
  const rows = wheels.map(({ file, bytes: size, sha256 }) => [file, bytes(size), sha256.slice(0, 16)]);
  const there = [...found].map(([name, where]) => `${name} (${where || "found by the system"})`);
  return [
    `CUDA support for ONNX Runtime, ${source}:`,
    "",
    table(["file", "size", "SHA-256 begins with"], rows, [0, 2]).trimEnd(),
    "",
    `${bytes(size)} in all${downloaded ? `, of which ${bytes(downloaded)} is already downloaded` : ""}, into ${folder}`,
    ...(there.length ? [`Used as they are: ${there.join(", ")}`] : []),
    "NVIDIA's wheels are under NVIDIA's licence, the provider is under the MIT licence.",
    "",
  ].join("\n");
}

/** Throws `Stopped` unless the user agrees. Throws an InputError where nobody can be asked. */
async function askConsent({ err, input }: Terminal): Promise<void> {
  if (!input.isTTY || !err.isTTY)
    throw new InputError("there is no terminal to ask for consent", {}, "add --yes if you agree to the download");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question("Continue? [y/N] ").catch(() => ""); // Ctrl+C
    if (!/^y(es)?$/i.test(answer.trim())) throw new Stopped();
  } finally {
    lines.close();
  }
}

const WORDS: Record<InstallEvent["what"], string> = {
  download: "downloading",
  check: "checking",
  unpack: "unpacking",
};

/** Prints a line when another file or another phase begins, and now and then between. */
function reporter({ err }: Terminal): (event: InstallEvent) => void {
  let [last, time] = ["", 0];
  return ({ what, file, done, total }) => {
    const phase = `${WORDS[what]} ${file}`;
    if (phase === last && performance.now() - time < PAUSE) return;
    [last, time] = [phase, performance.now()];
    const share = what === "download" && total ? `: ${bytes(done)} of ${bytes(total)}` : "";
    print(err, `${phase}${share}\n`);
  };
}
