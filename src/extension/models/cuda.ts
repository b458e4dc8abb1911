// Install CUDA Support… and Remove CUDA Support.

import path from "node:path";
import * as vscode from "vscode";
import { type InstallEvent, install, type Plan, plan, remove } from "../../device/cuda/install.ts";
import { BY_HAND } from "../../device/cuda/pip.ts";
import { InputError } from "../../errors.ts";
import { visible } from "../../visible.ts";
import type { Command } from "../ui/command.ts";
import { cancellable, Refusal, requireTrust } from "../ui/log.ts";
import { confirm, showInformation } from "../ui/window.ts";
import { megabytes } from "../ui/words.ts";
import { type ComputeProcess, cudaFolderOf, renew } from "./compute.ts";

let busy = false;

export function cudaCommands(
  context: vscode.ExtensionContext,
  processes: readonly ComputeProcess[],
): Record<"installCuda" | "removeCuda", Command> {
  const onChange = () => renew(processes);
  return { installCuda: installCommand(context, onChange), removeCuda: removeCommand(context, onChange) };
}

function refuseWhileBusy(): void {
  if (busy) throw new Refusal(vscode.l10n.t("CUDA support is being installed. Wait until it finishes."));
}

const installCommand =
  (context: vscode.ExtensionContext, onChange: () => void): Command =>
  async () => {
    requireTrust();
    refuseWhileBusy();
    busy = true;
    try {
      await installCuda(context, onChange);
    } finally {
      busy = false;
    }
  };

async function installCuda(context: vscode.ExtensionContext, onChange: () => void): Promise<void> {
  const folder = cudaFolderOf(context);
  let planned = await planByPip(folder);
  for (;;) {
    if (!planned || !(await agrees(planned))) return;
    try {
      await carryOut(planned, path.join(context.extensionPath, "package.json"));
      break;
    } catch (error) {
      planned = await planFromFolder(folder, error);
    }
  }
  onChange();
  const show = vscode.l10n.t("Show Devices");
  const chosen = await showInformation(
    vscode.l10n.t("CUDA support is installed. Show Devices tells whether your GPU works."),
    show,
  );
  if (chosen === show) await vscode.commands.executeCommand("masklens.devices");
}

/** Installs with progress, from the core of ONNX Runtime that the file `origin` resolves. */
async function carryOut(planned: Plan, origin: string): Promise<void> {
  await cancellable(vscode.l10n.t("Installing CUDA support"), (signal, progress) => {
    let told = 0;
    const onEvent = (event: InstallEvent) => {
      const increment = share(planned, event) - told;
      told += increment;
      progress.report({ increment, message: phase(event) });
    };
    return install(planned, { origin, signal, onEvent });
  });
}

/** By the user's pip; where there is none, from a folder that the user chooses. undefined: the user chose none. */
async function planByPip(folder: string): Promise<Plan | undefined> {
  try {
    const python = vscode.workspace.getConfiguration("masklens").get<string>("python", "");
    return await plan({ folder, python });
  } catch (error) {
    return planFromFolder(folder, error);
  }
}

/** From a folder with the wheels that the user chooses, where they cannot be downloaded; throws other errors. */
async function planFromFolder(folder: string, error: unknown): Promise<Plan | undefined> {
  if (!(error instanceof InputError) || error.remedy !== BY_HAND) throw error;
  const choose = vscode.l10n.t("Choose Folder…");
  const question = vscode.l10n.t("CUDA support cannot be downloaded here. Do you have its wheels in a folder?");
  const detail = vscode.l10n.t("{0}\n\ndocs/cuda.md in MaskLens's repository lists the wheels.", visible(error.what));
  if (!(await confirm(question, detail, choose))) return undefined;
  const [from] = (await vscode.window.showOpenDialog({ canSelectFolders: true, canSelectFiles: false })) ?? [];
  return from && plan({ folder, from: from.fsPath });
}

function agrees({ folder, pip, from, wheels, bytes, downloaded, found }: Plan): Promise<boolean> {
  const source = pip
    ? vscode.l10n.t("Downloaded by {0} -m {1}, from {2}", pip.python, pip.version, pip.indexes.join(", "))
    : vscode.l10n.t("Taken from {0}", from!);
  const lines = [
    ...wheels.map(({ file, bytes: size, sha256 }) => `${file}: ${megabytes(size)}, SHA-256 ${sha256.slice(0, 16)}…`),
    "",
    source,
    vscode.l10n.t("To be saved in {0}; your Python stays as it is.", folder),
    ...(downloaded ? [vscode.l10n.t("{0} of it is already downloaded.", megabytes(downloaded))] : []),
    ...(found.size ? [vscode.l10n.t("Used as they are on this machine: {0}", [...found.keys()].join(", "))] : []),
    vscode.l10n.t("NVIDIA's wheels are under NVIDIA's licence, the provider is under the MIT licence."),
  ];
  const question = vscode.l10n.t("Install CUDA support for ONNX Runtime ({0})?", megabytes(bytes));
  return confirm(question, lines.join("\n"), vscode.l10n.t("Install"));
}

/** The part of all wheels that is downloaded when this happens, in per cent. */
function share({ wheels, bytes }: Plan, { what, file, done }: InstallEvent): number {
  if (what === "unpack") return 100;
  const at = wheels.findIndex((wheel) => wheel.file === file);
  const before = wheels.slice(0, at).reduce((sum, wheel) => sum + wheel.bytes, 0);
  return (100 * (before + (what === "check" ? wheels[at]!.bytes : done))) / bytes;
}

function phase({ what, file, done, total }: InstallEvent): string {
  if (what === "check") return vscode.l10n.t("checking {0}", file);
  if (what === "unpack") return vscode.l10n.t("unpacking {0}", file);
  return vscode.l10n.t("{0}: {1} of {2}", file, megabytes(done), megabytes(total));
}

const removeCommand =
  (context: vscode.ExtensionContext, onChange: () => void): Command =>
  async () => {
    refuseWhileBusy();
    const folder = cudaFolderOf(context);
    const question = vscode.l10n.t("Remove CUDA support?");
    if (
      !(await confirm(
        question,
        vscode.l10n.t("What was installed in {0} is deleted.", folder),
        vscode.l10n.t("Remove"),
      ))
    )
      return;
    await remove(folder);
    onChange();
    void showInformation(vscode.l10n.t("CUDA support is removed."));
  };
