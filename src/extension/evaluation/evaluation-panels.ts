// The pages of evaluations: one for each set of adaptations.

import { rm } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { autoDevice } from "../../device/auto.ts";
import { messageOf } from "../../errors.ts";
import type { EvaluatedSplit, ToEvaluation } from "../../messages/evaluation.ts";
import { Stopped } from "../../worker/errors.ts";
import { makePrivateFolder, removeOrphanedFolders } from "../../worker/private-folder.ts";
import { type ComputeProcess, cudaFolderOf } from "../models/compute.ts";
import { log, note, requireTrust, telling } from "../ui/log.ts";
import { comesBack, showPage, toolOf } from "../ui/page.ts";
import { type Heard, keptEvaluation } from "../ui/page-messages.ts";
import { newPanel, showInformation } from "../ui/window.ts";
import { adaptationNames } from "../ui/words.ts";
import { type Evaluated, evaluated } from "./evaluate.ts";
import { Examples } from "./examples.ts";

const VIEW = "masklens.evaluation";

type Result = ToEvaluation & { readonly type: "evaluated" };

/** The evaluation of a set of adaptations, and the folder with its examples. */
class Evaluation implements vscode.Disposable {
  readonly files: readonly string[];
  readonly #serving: ComputeProcess;
  readonly #tool: string;
  /** The folder of CUDA support, which tells what "auto" stands for. */
  readonly #cuda: string;
  /** Made for the first evaluation; a folder that a killed window has left is removed by the next one. */
  #folder: string | undefined;
  #count = 0;
  #file: string | undefined;
  #examples: Examples | undefined;
  result: Result | undefined;

  constructor(files: readonly string[], serving: ComputeProcess, tool: string, cuda: string) {
    this.files = files;
    this.#serving = serving;
    this.#tool = tool;
    this.#cuda = cuda;
  }

  get examples(): Examples | undefined {
    return this.#examples;
  }

  /** Returns the sentence that tells the result; undefined if the user chose no task. */
  async run(split: EvaluatedSplit): Promise<string | undefined> {
    requireTrust();
    if (!this.#folder) void removeOrphanedFolders();
    this.#folder ??= makePrivateFolder();
    const file = path.join(this.#folder, `examples-${this.#count++}.jsonl`);
    const found: Evaluated | undefined = await evaluated(this.#serving, this.files, split, file);
    if (!found) return undefined;
    const { evaluations, views, told } = found;
    const device = found.device === "auto" ? `auto (${autoDevice(this.#cuda)})` : found.device;
    this.#examples = new Examples(file, evaluations.examples!);
    if (this.#file) void rm(this.#file, { force: true }).catch(note);
    this.#file = file;
    const { comparisons } = evaluations;
    this.result = { type: "evaluated", split, device, tool: this.#tool, views, comparisons };
    return told;
  }

  dispose(): void {
    if (this.#folder) void rm(this.#folder, { recursive: true, force: true }).catch(note);
  }
}

export class EvaluationPanels {
  readonly #context: vscode.ExtensionContext;
  readonly #serving: ComputeProcess;
  readonly #open = new Map<string, { readonly panel: vscode.WebviewPanel; readonly evaluate: () => Promise<void> }>();

  constructor(context: vscode.ExtensionContext, serving: ComputeProcess) {
    this.#context = context;
    this.#serving = serving;
  }

  /** Evaluates adaptations on their test examples, then shows the page; a page that is open evaluates again. */
  async show(files: readonly string[]): Promise<void> {
    const open = this.#open.get(keyOf(files));
    if (open) {
      open.panel.reveal();
      return open.evaluate();
    }
    const evaluation = this.#evaluation(files);
    try {
      const told = await evaluation.run("test");
      if (told === undefined) return evaluation.dispose();
      this.#fill(newPanel(this.#context, VIEW, titleOf(files)), evaluation);
      await tell(told);
    } catch (error) {
      if (!this.#open.has(keyOf(files))) evaluation.dispose();
      throw error;
    }
  }

  /** Restores pages after a reload; they offer to evaluate again. */
  restore(): vscode.Disposable {
    return comesBack(VIEW, keptEvaluation, (panel, files) => this.#fill(panel, this.#evaluation(files)));
  }

  #evaluation(files: readonly string[]): Evaluation {
    return new Evaluation(files, this.#serving, toolOf(this.#context), cudaFolderOf(this.#context));
  }

  #fill(panel: vscode.WebviewPanel, evaluation: Evaluation): void {
    const { files } = evaluation;
    const key = keyOf(files);
    const subject = { evaluated: files };
    let searching = new AbortController();
    const page = showPage<ToEvaluation, "evaluation">(
      this.#context,
      panel.webview,
      "evaluation",
      subject,
      telling((message) => answer(message)),
    );
    const evaluate = async (split: EvaluatedSplit) => {
      page.post({ type: "evaluating" });
      try {
        const told = await evaluation.run(split);
        if (told === undefined) return page.post({ type: "failed", message: "" });
        page.post(evaluation.result!);
        await tell(told);
      } catch (error) {
        page.post({ type: "failed", message: error instanceof Stopped ? "" : messageOf(error) });
        throw error;
      }
    };
    const answer = async (message: Heard<"evaluation">): Promise<void> => {
      if (message.type === "ready")
        return page.post(evaluation.result ?? { type: "unevaluated", names: adaptationNames(files) });
      if (message.type === "evaluate") return evaluate(message.split);
      if (message.type === "tryText") {
        const { text, attributes } = message;
        const adaptations = message.adaptations.flatMap((one) => evaluation.result?.views[one]?.adaptation ?? []);
        return void (await vscode.commands.executeCommand("masklens.tryText", { adaptations, text, attributes }));
      }
      const { examples } = evaluation;
      if (!examples) return;
      if (message.type === "lines") {
        const { request, adaptation } = message;
        page.post({ type: "lines", request, lines: await examples.lines(adaptation, message.examples) });
      } else if (message.type === "search") {
        searching.abort(); // superseded
        searching = new AbortController();
        const { signal } = searching;
        const found = await examples.search(message.adaptation, message.text, signal);
        if (!signal.aborted) page.post({ type: "found", request: message.request, examples: found });
      }
    };
    this.#open.set(key, { panel, evaluate: () => evaluate(evaluation.result?.split ?? "test") });
    panel.onDidDispose(() => {
      if (this.#open.get(key)?.panel === panel) this.#open.delete(key);
      searching.abort();
      evaluation.dispose();
    });
  }
}

const keyOf = (files: readonly string[]): string => JSON.stringify([...files].sort());

const titleOf = (files: readonly string[]): string =>
  vscode.l10n.t("Evaluation of {0}", adaptationNames(files).join(", "));

async function tell(told: string): Promise<void> {
  const more = vscode.l10n.t("Show Log");
  if ((await showInformation(told, more)) === more) log.show();
}
