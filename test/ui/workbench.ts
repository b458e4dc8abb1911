// Drives the workbench as a person does: palette, quick picks, views, pages.

import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Browser, FrameLocator, Locator, Page } from "playwright-core";
import { launchBrowser, type Server, type ServerOptions, startServer, workbenchUrl } from "../host/host.ts";
import { HANG, until } from "../host/until.ts";

/** What is asked for and does not come is asked for again after so long, in milliseconds, and each time twice as long. */
const AGAIN = 2000;

export class Workbench {
  readonly page: Page;
  readonly #server: Server;
  readonly #browser: Browser;

  private constructor(page: Page, server: Server, browser: Browser) {
    [this.page, this.#server, this.#browser] = [page, server, browser];
  }

  /** A window on `folder`, on the folders of a workspace's file, or an empty one, with the extension of this checkout. */
  static async open(
    folder?: string,
    {
      size = { width: 1400, height: 900 },
      ...options
    }: ServerOptions & { readonly size?: { readonly width: number; readonly height: number } } = {},
  ): Promise<Workbench> {
    const server = await startServer(options);
    const browser = await launchBrowser();
    const page = await (await browser.newContext({ viewport: size })).newPage();
    page.setDefaultTimeout(HANG);
    await page.goto(workbenchUrl(server.port, { ...(folder ? { folder } : {}), extensions: [path.resolve(".")] }));
    const workbench = new Workbench(page, server, browser);
    await workbench.ready();
    return workbench;
  }

  /** The server's process group holds the extension host and its workers. */
  get serverPid(): number {
    return this.#server.child.pid!;
  }

  /** The extension's storage folder. */
  get storage(): string {
    return path.join(this.#server.data, "data", "User", "globalStorage", "masklens.masklens");
  }

  /** The content of the extension's log. */
  get log(): string {
    const logs = path.join(this.#server.data, "data", "logs");
    const file = (readdirSync(logs, { recursive: true }) as string[]).find(
      (name) => path.basename(name) === "MaskLens.log",
    );
    return file === undefined ? "" : readFileSync(path.join(logs, file), "utf8");
  }

  async ready(): Promise<void> {
    await this.#icon.waitFor();
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.#server.stop();
  }

  /** Whether something failed while `playing`. */
  failed = false;

  /** Runs `work`; where it fails, a picture of the window is left in dist/test. */
  async playing(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.failed = true;
      mkdirSync("dist/test", { recursive: true });
      await this.page.screenshot({ path: "dist/test/failed.png" });
      throw error;
    }
  }

  /** Runs a command by the palette, which is opened again where the command is not enabled yet or a new window closes it. */
  async command(title: string): Promise<void> {
    const row = this.page
      .locator(".quick-input-list .monaco-list-row", { hasText: title.replace(/^.*: /, "") })
      .first();
    await again(
      async (timeout) => {
        await this.page.keyboard.press("F1");
        await this.#input.fill(`>${title}`, { timeout });
        await row.click({ timeout }); // Enter would take whatever stands first by then
      },
      () => this.page.keyboard.press("Escape"),
    );
  }

  /** A run of `task` by the steps of Train Mask, with the quick preset and one epoch, or more. */
  async train(task: string, name?: string, epochs = 1, go = "Train now"): Promise<void> {
    await this.command("MaskLens: Train Mask");
    await this.answerTrain(task, name, epochs, go);
  }

  /** Answers the steps of Train Mask. */
  async answerTrain(task: string, name?: string, epochs = 1, go = "Train now"): Promise<void> {
    await this.pick("Choose the base model", "model");
    await this.answerTask(task, name, epochs, go);
  }

  /** Answers the steps of Train Mask behind the model. */
  async answerTask(task: string, name?: string, epochs = 1, go = "Train now"): Promise<void> {
    await this.pick("Choose the task", task);
    await this.pick("How to train", "Mask, quick");
    await this.enter(/^Epochs/, String(epochs));
    await this.enter(/^Run name/, name);
    await this.pick(/^Train now, or/, go);
  }

  /** Takes the entry of the open quick pick that contains `text`. */
  async pick(placeholder: string | RegExp, text: string): Promise<void> {
    await this.step(placeholder);
    await this.#click(this.page.locator(".quick-input-list .monaco-list-row", { hasText: text }).first());
  }

  /** Ticks those entries of the open quick pick that contain one of `texts`, and no others, and accepts. */
  async tick(texts: readonly string[]): Promise<void> {
    const ok = this.page.locator(".quick-input-widget .monaco-button", { hasText: "OK" });
    await ok.waitFor(); // the list of commands, which this one follows, has no such button
    const rows = this.page.locator(".quick-input-list .monaco-list-row");
    for (const text of texts) await rows.filter({ hasText: text }).first().waitFor();
    // What is ticked from the start is so a moment after it is shown, and a click shows a moment after it.
    const wrong = async () => {
      await this.#frames();
      const all = await Promise.all(
        (await rows.all()).map(async (row) => {
          const name = (await row.textContent()) ?? "";
          const ticked = (await row.getAttribute("aria-checked")) === "true";
          return { row, right: ticked === texts.some((text) => name.includes(text)) };
        }),
      );
      return all.find(({ right }) => !right)?.row;
    };
    await until(async () => {
      for (let row = await wrong(); row; row = await wrong()) await this.#click(row);
      return !(await wrong());
    });
    await ok.click();
    await ok.waitFor({ state: "hidden" });
  }

  /** Answers the open input box; what is not given stays as it is proposed. */
  async enter(placeholder: string | RegExp, text?: string): Promise<void> {
    await this.step(placeholder);
    if (text !== undefined) await this.#input.fill(text);
    await this.page.keyboard.press("Enter");
  }

  /** Answers the dialog for a file's path: it puts a name of its own into the field while it opens, and is deaf while it looks. */
  async answerPath(file: string): Promise<void> {
    await this.step("OK");
    await again(async (timeout) => {
      if ((await this.#input.inputValue({ timeout })) !== file) await this.#input.fill(file, { timeout });
      await this.page.keyboard.press("Enter");
      await this.#input.waitFor({ state: "hidden", timeout });
    });
  }

  /** The texts of the entries of the open quick pick. */
  async entries(): Promise<string[]> {
    return this.page.locator(".quick-input-list .monaco-list-row").allInnerTexts();
  }

  /** Accepts what a step proposes; a window that is busy may ignore the key, and a step that was answered takes no second one. */
  async accept(placeholder: string | RegExp): Promise<void> {
    await this.step(placeholder);
    await this.pressUntil("Enter", (timeout) => this.#stepText(placeholder).waitFor({ state: "hidden", timeout }));
  }

  /** Waits for a step of several. */
  async step(placeholder: string | RegExp, timeout = HANG): Promise<void> {
    await this.#stepText(placeholder).waitFor({ timeout });
  }

  #stepText(placeholder: string | RegExp): Locator {
    const widget = this.page.locator(".quick-input-widget");
    return widget.getByText(placeholder).or(widget.getByPlaceholder(placeholder)).first();
  }

  get #input() {
    return this.page.locator(".quick-input-widget input.input");
  }

  /** Opens the explorer's file by its name. */
  async openFile(name: string): Promise<void> {
    await this.pressUntil("Control+P", async (timeout) => {
      await this.#input.fill(name, { timeout });
      await this.page.locator(".quick-input-list .monaco-list-row", { hasText: name }).first().waitFor({ timeout });
    });
    await this.page.keyboard.press("Enter");
  }

  /** Waits for the window of the sample, which shows the extension's views. */
  async inSample(): Promise<void> {
    await this.entry("abstracts").waitFor();
  }

  /** Shows the extension's views. */
  async showViews(): Promise<void> {
    const header = this.page.locator(".pane-header", { hasText: "Masks" });
    // A command may show them at the same moment: then the click has hidden them again.
    await again(async (timeout) => {
      if (await header.isVisible()) return;
      await this.#icon.click();
      await header.waitFor({ timeout });
    });
  }

  /** The extension's icon in the activity bar; while a run trains, its name says so too. */
  get #icon() {
    return this.page.locator(".activitybar").getByRole("tab", { name: /^MaskLens/ });
  }

  /** An entry of a view, by its text. */
  entry(text: string | RegExp) {
    return this.page.locator(".tree-explorer-viewlet-tree-view .monaco-list-row", { hasText: text }).first();
  }

  /**
   * Chooses from the context menu of a view's entry. About one in thirty comes without the window's context (what needs a
   * trusted workspace is greyed out, what needs a context of the extension is missing), and is right when it is opened again.
   */
  async choose(entry: string | RegExp, item: string): Promise<void> {
    const found = this.page.locator(".monaco-menu .action-item", { hasText: item });
    await again(
      async (timeout) => {
        await this.entry(entry).click({ button: "right", timeout });
        await found.hover({ timeout });
        await this.page.keyboard.press("Enter"); // a click that follows the first one at once is not heeded
        await found.waitFor({ state: "detached", timeout });
      },
      () => this.page.keyboard.press("Escape"),
    );
  }

  /** Presses a button that an entry of a view shows under the pointer; a view that is drawn again takes it away. */
  async pressOn(entry: string | RegExp, button: string): Promise<void> {
    await again(
      async (timeout) => {
        await this.entry(entry).hover({ timeout });
        await this.entry(entry).getByRole("button", { name: button }).click({ timeout });
      },
      () => this.page.mouse.move(0, 0),
    );
  }

  /** Presses a key until `seen` does not throw: a window that is busy with a new page may ignore a key. */
  async pressUntil(key: string, seen: (timeout: number) => Promise<void>): Promise<void> {
    await again(async (timeout) => {
      await this.page.keyboard.press(key);
      await seen(timeout);
    });
  }

  /** Goes from the first of some places to another one with an arrow key, which is pressed again once the page has followed. */
  async goTo(place: () => Promise<number>, to: number, key: "ArrowRight" | "ArrowDown"): Promise<void> {
    assert.ok(to >= 0, "there is such a place");
    for (let i = 0; i <= to; i++) {
      await this.page.keyboard.press(i ? key : "Home");
      await until(async () => (await place()) === i);
    }
  }

  /** Presses a key until a notification says `text`. */
  async toldByKey(key: string, text: RegExp): Promise<string> {
    let said = "";
    await this.pressUntil(key, async (timeout) => {
      said = await this.told(text, timeout);
    });
    return said;
  }

  /** Brings the editor of that name to the front. */
  async front(name: string): Promise<void> {
    await this.page.locator(".tabs-container .tab", { hasText: name }).click();
  }

  /** The page inside the webview in front. */
  get frame(): FrameLocator {
    return this.page.frameLocator("iframe.webview.ready:visible").last().frameLocator("iframe#active-frame");
  }

  /** The page on one side of the workbench's own diff, in front. */
  side(which: "older" | "newer"): FrameLocator {
    const pages = this.page.locator("iframe.webview.ready:visible");
    return (which === "older" ? pages.first() : pages.last()).contentFrame().frameLocator("iframe#active-frame");
  }

  tab(id: string): Promise<void> {
    return this.frame.locator(`#tab-${id}`).click();
  }

  /** Waits until a notification says `text`, and gives all that it says. */
  async told(text: RegExp, patience = HANG): Promise<string> {
    let said: string[] = [];
    // Whoever waits for a run looks less and less often, because the list that opens and closes takes time from it.
    for (let [end, pause] = [Date.now() + patience, 250]; Date.now() < end; pause = Math.min(2 * pause, 2000)) {
      said = await this.messages();
      const found = said.find((one) => text.test(one));
      if (found !== undefined) return found;
      await this.page.waitForTimeout(pause);
    }
    assert.fail(`no notification says ${text}, only: ${said.join(" | ") || "nothing"}`);
  }

  /** What the notifications say; their list is reopened each time, because new entries may be out of sight in an open one. */
  async messages(): Promise<string[]> {
    await this.showNotifications(true);
    const said = await this.page.locator(".notifications-center .notification-list-item-message").allTextContents();
    await this.showNotifications(false);
    return said;
  }

  /** Presses a button of a notification, of the one that says `text` where several have such a button. */
  async press(button: string, text = ""): Promise<void> {
    await this.showNotifications(true);
    const told = this.page.locator(".notifications-center .notification-list-item", { hasText: text });
    await told.locator(".monaco-button", { hasText: button }).first().click(); // the same may have been said twice
  }

  /** Clears all notifications, so that the next one is new. */
  async clearNotifications(): Promise<void> {
    await this.showNotifications(true);
    const clear = this.page.locator(".notifications-center .codicon-notifications-clear-all:not(.disabled)");
    if (await clear.isVisible()) await clear.click();
    else await this.showNotifications(false); // there are none
    await this.page.locator(".notifications-center.visible").waitFor({ state: "hidden" });
  }

  /** Shows their list, or not: no message pops up by itself in a window that is driven by a test. */
  async showNotifications(shown: boolean): Promise<void> {
    const list = this.page.locator(".notifications-center.visible");
    // The list closes by itself where its last entry goes: a click at that moment opens it again.
    await again(async (timeout) => {
      if ((await list.isVisible()) === shown) return;
      await this.page.locator('[id="status.notifications"]').click();
      await list.waitFor({ state: shown ? "visible" : "hidden", timeout });
    });
  }

  /** Clicks an entry of a list, away from which the pointer goes first where the explanation of another one covers it. */
  async #click(row: Locator): Promise<void> {
    await again(
      (timeout) => row.click({ timeout }),
      () => this.page.mouse.move(0, 0),
    );
  }

  /** Waits until the window has drawn what was done. */
  async #frames(): Promise<void> {
    await this.page.evaluate(async () => {
      const { requestAnimationFrame } = globalThis as unknown as { requestAnimationFrame(done: () => void): void };
      for (let i = 0; i < 5; i++) await new Promise<void>((resolve) => requestAnimationFrame(resolve));
    });
  }
}

/** Tries until it does not throw, each time with twice the time in milliseconds; `undo` is between two tries. */
export async function again(attempt: (timeout: number) => Promise<void>, undo?: () => Promise<void>): Promise<void> {
  for (let timeout = AGAIN; ; timeout *= 2)
    try {
      return await attempt(timeout);
    } catch (error) {
      if (timeout > HANG) throw error;
      await undo?.();
    }
}
