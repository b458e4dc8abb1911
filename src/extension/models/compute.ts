// The compute processes: one trains, one serves; each is started on first use and restarted after it ends.

import path from "node:path";
import * as vscode from "vscode";
import { computeEnvironment } from "../../device/auto.ts";
import { duration } from "../../numbers.ts";
import { type ClientOptions, WorkerClient } from "../../worker/client.ts";
import { memoryVariable } from "../../worker/environment.ts";
import { ProcessEnded } from "../../worker/exit.ts";
import type { Requests } from "../../worker/protocol.ts";
import { log, note, Refusal } from "../ui/log.ts";
import { showInformation, showWarning } from "../ui/window.ts";
import { modelFolders } from "./found.ts";
import { Restarts } from "./restarts.ts";

/** How long a process that holds nothing is kept for the next request, in milliseconds, before it ends and frees its memory. */
const KEPT_IDLE = 5000;

export type Compute = WorkerClient<Requests>;

/** The folder in the extension's storage that holds CUDA support. */
export const cudaFolderOf = ({ globalStorageUri }: vscode.ExtensionContext): string =>
  path.join(globalStorageUri.fsPath, "cuda");

/**
 * Later requests get processes that find the CUDA support, and what "auto" stands for, as they are now; those that hold loaded
 * masks go on as they are.
 */
export function renew(processes: readonly ComputeProcess[]): void {
  for (const process of processes) if (!process.holds) process.retire();
}

/** A compute process, started on demand. */
export class ComputeProcess {
  readonly #script: string;
  readonly #background: boolean;
  /** Where CUDA support may be installed. */
  readonly #cuda: string;
  readonly #restarts = new Restarts();
  #client: Compute | undefined;
  /** Whether the process holds data that later requests need and must therefore be kept while idle. */
  holds = false;
  #idle: NodeJS.Timeout | undefined;
  /** Former processes that are still answering their open requests. */
  readonly #retired = new Set<Compute>();

  /** `background` is as in `ClientOptions`. */
  constructor(context: vscode.ExtensionContext, { background = false }: Pick<ClientOptions, "background"> = {}) {
    this.#background = background;
    this.#script = path.join(context.extensionPath, "dist", "worker.js");
    this.#cuda = cudaFolderOf(context);
  }

  /** Throws a Refusal if the process has died too often to be restarted automatically. */
  get client(): Compute {
    if (this.#client && !this.#client.ended) return this.#client;
    if (this.#restarts.exhausted) throw this.#refusal();
    const client: Compute = new WorkerClient<Requests>({
      script: this.#script,
      background: this.#background,
      environment: { ...computeEnvironment(this.#cuda, process.env), ...memoryEnvironment() },
      models: modelFolders,
      onSilence: (seconds) => void told(client, seconds).catch(note),
      onIdle: () => this.#endSoon(client),
      onDeath: () => this.#restarts.died(),
    });
    this.#client = client;
    return client;
  }

  /** Ends the process once it has answered its open requests; later requests get a new process. */
  retire(): void {
    const client = this.#client;
    this.#client = undefined;
    if (!client) return;
    this.#retired.add(client);
    void client.retire().finally(() => this.#retired.delete(client));
  }

  /** Ends the process if it stays idle: training leaves gigabytes allocated, and only ending the process frees them. */
  #endSoon(client: Compute): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      if (client === this.#client && client.idle && !this.holds) this.retire();
    }, KEPT_IDLE);
  }

  /** Ends the current process and the former ones immediately; their open requests reject. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    this.retire();
    await Promise.all([...this.#retired].map((client) => client.close()));
  }

  #refusal(): Refusal {
    const text = vscode.l10n.t(
      "The compute process ended five times within three minutes, so MaskLens no longer restarts it automatically. The log shows why it ended; fix the cause, then choose Try Again and repeat the command.",
    );
    return new Refusal(text, {
      remedies: [
        { label: vscode.l10n.t("Try Again"), run: () => this.#restarts.reset() },
        { label: vscode.l10n.t("Show Log"), run: () => log.show() },
      ],
    });
  }
}

/** The variable by which the setting says how much memory a process may use. */
function memoryEnvironment(): Record<string, string> {
  const memory = vscode.workspace.getConfiguration("masklens").get("memory", "").trim();
  return memory ? memoryVariable(memory) : {};
}

/** Reports that a process does not respond, offers to kill it, and reports when it responds again. */
async function told(client: Compute, seconds: number | null): Promise<void> {
  if (seconds === null) return log.info(vscode.l10n.t("The compute process is making progress again."));
  const [kill, wait] = [vscode.l10n.t("Kill"), vscode.l10n.t("Wait")];
  const text = vscode.l10n.t(
    "The compute process is not responding: no progress for {0}. If you kill it, runs can be resumed from their last checkpoint.",
    duration(seconds),
  );
  log.warn(text);
  const chosen = await showWarning(text, kill, wait);
  if (client.ended) return;
  // The message may have been open for hours, and the process may have recovered long ago.
  if (!client.silent)
    return void (
      chosen === kill &&
      showInformation(vscode.l10n.t("The compute process is making progress again, so it was not killed."))
    );
  if (chosen !== kill) return client.wait();
  client.kill(new ProcessEnded(vscode.l10n.t("the compute process did not respond and was killed"), client.printed));
}
