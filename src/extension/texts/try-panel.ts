// The Try Text page: what every loaded mask predicts or generates for the typed texts.

import * as vscode from "vscode";
import { messageOf } from "../../errors.ts";
import { sum } from "../../mask/statistics.ts";
import type { ToTry } from "../../messages/try.ts";
import { Stopped } from "../../worker/errors.ts";
import type { Loads } from "../masks/loads.ts";
import { note, telling } from "../ui/log.ts";
import { comesBack, showPage } from "../ui/page.ts";
import type { Heard, TextToTry } from "../ui/page-messages.ts";
import { newPanel } from "../ui/window.ts";
import { adaptationNames } from "../ui/words.ts";
import { Explaining } from "./explaining.ts";
import { Generating } from "./generating.ts";

const VIEW = "masklens.try";

interface Open {
  readonly panel: vscode.WebviewPanel;
  /** Shows a text's evidence as soon as the page is ready. */
  readonly show: (text: TextToTry) => void;
}

let open: Open | undefined;

/** Shows the page; there is only one at a time. `text`: a text to put above the others, whose evidence opens. */
export function showTryPanel(context: vscode.ExtensionContext, loads: Loads, text?: TextToTry): void {
  if (open) open.panel.reveal();
  else fill(context, newPanel(context, VIEW, vscode.l10n.t("Try Text")), loads);
  if (text) open?.show(text);
}

/** Restores the page after a reload; it saves its text and the masks that were loaded. */
export function restoreTryPanel(context: vscode.ExtensionContext, loads: Loads): vscode.Disposable {
  return comesBack(
    VIEW,
    () => ({}),
    (panel) => fill(context, panel, loads),
  );
}

function fill(context: vscode.ExtensionContext, panel: vscode.WebviewPanel, loads: Loads): void {
  let asked = new AbortController();
  let isReady = false;
  let waiting: TextToTry | undefined;
  const show = (text: TextToTry) => {
    if (isReady) page.post({ type: "open", ...text });
    else waiting = text;
  };
  open = { panel, show };
  const page = showPage<ToTry, "try">(context, panel.webview, "try", {}, (message) => {
    if (message.type === "ready") {
      explaining.stopAll(); // asked by the page before it restarted
      sendNames();
      generating.resend();
      isReady = true;
      if (waiting) show(waiting);
      waiting = undefined;
    }
    if (message.type === "explain") void explaining.explain(message);
    if (message.type === "enough") explaining.stop(message.request);
    if (message.type === "ask") void ask(message);
    if (message.type === "generate") void generating.generate(message);
    if (message.type === "stopGenerating") generating.stop();
    if (message.type === "load") void load(message.adaptations);
  });
  const explaining = new Explaining(loads, page.post);
  const generating = new Generating(loads, page.post);
  const sendNames = () => {
    const bases = new Map(loads.all.map((one) => [one.folder, one])); // one copy of the weights per base model
    const names = adaptationNames(loads.all.map(({ adaptation }) => adaptation));
    page.post({
      type: "loaded",
      masks: loads.all.map(({ adaptation, task, base, bytes, kind, generation, attributes }, i) => {
        return { adaptation, task, name: names[i]!, base, bytes, kind, generation, attributes };
      }),
      baseBytes: sum([...bases.values()], ({ baseBytes }) => baseBytes),
      copiesBytes: sum(loads.all, ({ baseBytes }) => baseBytes),
    });
  };
  const load = telling(async (adaptations: readonly string[]) => {
    if (adaptations.length) await loads.load(adaptations);
    else await vscode.commands.executeCommand("masklens.load");
  });
  async function ask({ request, texts, attributes }: Heard<"try"> & { type: "ask" }): Promise<void> {
    asked.abort(); // superseded by the newer text
    asked = new AbortController();
    try {
      page.post({
        type: "answers",
        request,
        answers: await loads.ask(
          texts.map((text) => ({ text, attributes })),
          asked.signal,
        ),
      });
    } catch (error) {
      if (error instanceof Stopped) return;
      note(error);
      page.post({ type: "failed", request, message: messageOf(error) });
    }
  }
  const subscription = loads.onChange(sendNames);
  panel.onDidChangeViewState(() => {
    if (!panel.visible) isReady = false; // a hidden page hears nothing, and restarts when it is shown
  });
  panel.onDidDispose(() => {
    if (open?.panel === panel) open = undefined;
    subscription.dispose();
    asked.abort();
    explaining.stopAll();
    generating.stop();
  });
}
