// Download Model…: asks for a name, shows what would be downloaded and from where, and downloads only after consent.

import path from "node:path";
import * as vscode from "vscode";
import { visible } from "../../visible.ts";
import type { Command } from "../ui/command.ts";
import { cancellable, Refusal, requireTrust } from "../ui/log.ts";
import { confirm, enterLine, showInformation } from "../ui/window.ts";
import { megabytes } from "../ui/words.ts";
import { describeModel, downloadModel, HUB, type HubModel } from "./hub.ts";

/** The URL of the Hub, or of the mirror named in HF_ENDPOINT, the environment variable that the Hub's own tools use. */
function endpoint(): string {
  const named = process.env.HF_ENDPOINT?.replace(/\/+$/, "") || HUB;
  if (URL.canParse(named)) return named;
  throw new Refusal(vscode.l10n.t("HF_ENDPOINT is not a URL ({0}); set it to https://HOST.", named));
}

/** Folders with a download in progress. */
const busy = new Set<string>();

export const downloadCommand =
  (context: vscode.ExtensionContext): Command =>
  () =>
    download(context);

/** Asks, downloads, and adds the model's folder to the settings. */
async function download(context: vscode.ExtensionContext): Promise<void> {
  requireTrust();
  const hub = endpoint();
  const { host } = new URL(hub);
  const entered = await enterLine(
    vscode.l10n.t("Download Model"),
    vscode.l10n.t("Model name on {0}", host),
    "google-bert/bert-base-uncased",
  );
  const id = entered?.trim();
  if (!id) return;
  // Nothing has left this machine yet; ask before sending even the model's name.
  const look = vscode.l10n.t("Ask");
  const question = vscode.l10n.t("Ask {0} which files {1} has?", host, id);
  const detail = vscode.l10n.t("Only the model's name is sent. Nothing is downloaded yet.");
  if (!(await confirm(question, detail, look))) return;
  const model = await cancellable(vscode.l10n.t("Contacting {0}", host), (signal) =>
    describeModel(id, hub, { signal }),
  );
  const folder = path.join(context.globalStorageUri.fsPath, "models", ...id.split("/"));
  if (!(await agrees(model, host, folder))) return;
  if (busy.has(folder))
    throw new Refusal(vscode.l10n.t("{0} is already being downloaded. Wait until it finishes.", id));
  busy.add(folder);
  try {
    await fetchWithProgress(model, folder);
  } finally {
    busy.delete(folder);
  }
  await addModelFolders([folder]);
  void showInformation(vscode.l10n.t("Downloaded {0} to {1}.", id, folder));
}

/** Adds folders to the setting for base models. */
export async function addModelFolders(added: readonly string[]): Promise<void> {
  const settings = vscode.workspace.getConfiguration("masklens");
  const folders = new Set([...settings.get<string[]>("modelFolders", []), ...added]);
  await settings.update("modelFolders", [...folders], vscode.ConfigurationTarget.Global);
}

async function agrees({ id, files, bytes, revision }: HubModel, host: string, folder: string): Promise<boolean> {
  const download = vscode.l10n.t("Download");
  const unchecked = files.filter(({ checksum }) => !checksum).length;
  const lines = [
    ...files.map((file) => `${visible(file.name)}: ${megabytes(file.bytes)}`),
    vscode.l10n.t("Revision {0}, to be saved in {1}", revision.slice(0, 12), folder),
    unchecked === 0
      ? vscode.l10n.t("Each file is checked against the Hub's checksum.")
      : unchecked === 1
        ? vscode.l10n.t("1 file has no checksum.")
        : vscode.l10n.t("{0} files have no checksum.", unchecked),
  ];
  const question = vscode.l10n.t("Download {0} of {1} from {2}?", megabytes(bytes), id, host);
  return confirm(question, lines.join("\n"), download);
}

function fetchWithProgress(model: HubModel, folder: string): Promise<void> {
  return cancellable(vscode.l10n.t("Downloading {0}", model.id), (signal, progress) => {
    const onBytes = (count: number, message: string) =>
      progress.report({ increment: (100 * count) / model.bytes, message });
    return downloadModel(model, folder, { onBytes, signal });
  });
}
