// Sort Runs By…: sets the order of the view of runs, saved per workspace.

import * as vscode from "vscode";
import { pickOne } from "../ui/window.ts";
import { RUN_ORDERS, type RunOrder } from "./order.ts";

const REMEMBERED = "masklens.runOrder";

/** The saved order; by name if there is none. */
export function runOrder(context: vscode.ExtensionContext): RunOrder {
  const order = context.workspaceState.get<RunOrder>(REMEMBERED, "name");
  return RUN_ORDERS.includes(order) ? order : "name"; // another version may have saved an unknown order
}

/** `sorted` is called after the user has chosen an order. */
export const sortRunsCommand = (context: vscode.ExtensionContext, sorted: () => void) => async () => {
  const now = runOrder(context);
  const items = RUN_ORDERS.map((order) => ({ ...ORDERS[order](), order, ...(order === now && { icon: "check" }) }));
  const chosen = await pickOne(items, { title: vscode.l10n.t("Sort Runs By") });
  if (!chosen) return;
  await context.workspaceState.update(REMEMBERED, chosen.order);
  sorted();
};

const ORDERS: Readonly<Record<RunOrder, () => { readonly label: string; readonly description?: string }>> = {
  name: () => ({ label: vscode.l10n.t("Name") }),
  date: () => ({ label: vscode.l10n.t("Date"), description: vscode.l10n.t("latest first") }),
  task: () => ({ label: vscode.l10n.t("Task") }),
  metric: () => ({
    label: vscode.l10n.t("Metric"),
    description: vscode.l10n.t("on the validation examples, best first"),
  }),
  device: () => ({ label: vscode.l10n.t("Device") }),
  options: () => ({
    label: vscode.l10n.t("Options"),
    description: vscode.l10n.t("by preset, and by the options that differ from it"),
  }),
};
