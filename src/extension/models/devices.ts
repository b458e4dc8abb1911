// Show Devices: tests which devices work and saves the chosen one in the settings.

import * as vscode from "vscode";
import { DEVICES, type DeviceState, probe } from "../../worker/devices.ts";
import type { Command } from "../ui/command.ts";
import { log, requireTrust } from "../ui/log.ts";
import { type Item, pickOne, progressing } from "../ui/window.ts";
import { ComputeProcess } from "./compute.ts";

export const devicesCommand =
  (context: vscode.ExtensionContext): Command =>
  async () => {
    requireTrust();
    const states = await progressing({ title: vscode.l10n.t("Testing devices"), where: "notification" }, () =>
      Promise.all(DEVICES.map((device) => probe(device, () => new ComputeProcess(context).client))),
    );
    const items = states.map((state) => ({ ...state, ...deviceLine(state) }));
    const placeholder = vscode.l10n.t("Choose a working device to use from now on");
    const chosen = await pickOne(items, { title: vscode.l10n.t("Devices"), placeholder });
    if (!chosen?.works) return;
    const settings = vscode.workspace.getConfiguration("masklens");
    const { Global, Workspace } = vscode.ConfigurationTarget;
    const overridden = settings.inspect("device")?.workspaceValue !== undefined;
    await settings.update("device", chosen.device, overridden ? Workspace : Global);
  };

function deviceLine({ device, works, reason, details }: DeviceState): Item {
  if (works) return { icon: "check", label: device, description: vscode.l10n.t("works") };
  log.info(`${device}: ${details}`);
  return { icon: "circle-slash", label: device, description: vscode.l10n.t("does not work here"), detail: reason! };
}
