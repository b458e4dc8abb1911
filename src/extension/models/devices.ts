// Show Devices: tries each device and saves the chosen one in the settings.

import path from "node:path";
import * as vscode from "vscode";
import { recordDevices } from "../../device/auto.ts";
import { type DeviceState, tryDevices } from "../../device/list.ts";
import { INSTALL_CUDA } from "../../remedies.ts";
import type { Command } from "../ui/command.ts";
import { log, note, requireTrust } from "../ui/log.ts";
import { type Item, pickOne, progressing } from "../ui/window.ts";
import { megabytes } from "../ui/words.ts";
import { ComputeProcess, cudaFolderOf, renew } from "./compute.ts";

export const devicesCommand =
  (context: vscode.ExtensionContext, processes: readonly ComputeProcess[]): Command =>
  async () => {
    requireTrust();
    const states: DeviceState[] = [];
    await progressing({ title: vscode.l10n.t("Testing devices"), where: "notification" }, async (progress) => {
      const start = () => new ComputeProcess(context).client;
      const origin = path.join(context.extensionPath, "package.json");
      for await (const state of tryDevices({ start, cuda: cudaFolderOf(context), origin })) {
        states.push(state);
        progress.report({ message: vscode.l10n.t("tested {0}", state.device) });
      }
    });
    await recordDevices(cudaFolderOf(context), states).catch((error: unknown) => note(error));
    renew(processes);
    const items = states.map((state) => ({ ...state, ...deviceLine(state) }));
    const placeholder = vscode.l10n.t("Choose a working device to use from now on");
    const chosen = await pickOne(items, { title: vscode.l10n.t("Devices"), placeholder });
    if (!chosen) return;
    if (chosen.remedy === INSTALL_CUDA) return vscode.commands.executeCommand("masklens.installCuda");
    if (!chosen.works) return;
    const settings = vscode.workspace.getConfiguration("masklens");
    const { Global, Workspace } = vscode.ConfigurationTarget;
    const overridden = settings.inspect("device")?.workspaceValue !== undefined;
    await settings.update("device", chosen.device, overridden ? Workspace : Global);
  };

function deviceLine({ device, works, name, memory, driver, ...state }: DeviceState): Item {
  const parts = [
    works ? vscode.l10n.t("works") : vscode.l10n.t("does not work here"),
    ...(name === null ? [] : [name]),
    ...(memory === null ? [] : [megabytes(memory)]),
    ...(driver === null ? [] : [vscode.l10n.t("driver {0}", driver)]),
  ];
  const description = parts.join(" · ");
  if (works) return { icon: "check", label: device, description, detail: speed(device, state) };
  log.info(`${device}: ${state.details ?? state.reason}`);
  const detail =
    state.remedy === INSTALL_CUDA
      ? vscode.l10n.t("{0}. Choose this to install CUDA support.", state.reason!)
      : [state.reason, state.remedy].filter(Boolean).join("; ");
  return { icon: "circle-slash", label: device, description, detail };
}

function speed(
  device: string,
  { secondsPerStep, cpuSecondsPerStep }: Pick<DeviceState, "secondsPerStep" | "cpuSecondsPerStep">,
) {
  if (device === "cpu" || secondsPerStep === null || cpuSecondsPerStep === null) return undefined;
  const [here, cpu] = [secondsPerStep, cpuSecondsPerStep].map((seconds) => (1000 * seconds).toPrecision(2));
  return vscode.l10n.t("A step of a small model takes {0} ms here and {1} ms on the CPU.", here!, cpu!);
}
