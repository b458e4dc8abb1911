// The built pages in Chromium as the editor shows them: its policy, its variables and classes of each theme, its messages.

import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { pageHtml } from "../../src/extension/ui/page-html.ts";

interface Theme {
  /** Classes of the body. */
  readonly body: string;
  readonly variables: Readonly<Record<string, string>>;
}

export const THEMES: Readonly<Record<string, Theme>> = JSON.parse(
  readFileSync("test/pages/themes.json", "utf8"),
).themes;
export const PAGES = ["heatmap", "run", "try", "diff", "runs", "study", "evaluation"] as const;
/** What takes longer, in milliseconds, hangs; a page that works takes less, however busy the machine is. */
const HANG = 120_000;
const AXE = readFileSync("node_modules/axe-core/axe.min.js", "utf8");
/** What the editor's own style sheet does to a body. */
const EDITOR_STYLE =
  "html { background: var(--vscode-editor-background) } body { margin: 0; padding: 0 20px; color: var(--vscode-editor-foreground); font: var(--vscode-font-size) var(--vscode-font-family) }";

export interface Opened {
  readonly page: Page;
  /** What the page has posted to the editor. */
  posted(): Promise<Record<string, unknown>[]>;
  /** As the editor does, until the page has got them; `{ $bytes: [...] }` and `{ $floats: [...] }` arrive as arrays of these types. */
  send(...messages: readonly unknown[]): Promise<void>;
  /** The PNG that the page asked to be saved last, once it has: its size, how its bytes begin as text, and colours on nine lines down. */
  savedPng(): Promise<{ name: string; width: number; height: number; text: string; pixels: number[][] }>;
  /** What the page remembers. */
  kept(): Promise<unknown>;
  /** Errors and refusals on the console, and exceptions. */
  readonly complaints: readonly string[];
}

/** One browser and server for all tests of a file. */
export class Pages {
  readonly #browser: Browser;
  readonly #server: Server;

  private constructor(browser: Browser, server: Server) {
    this.#browser = browser;
    this.#server = server;
  }

  /** `texts`: translations by original text; none in the tests, but for those of translating. */
  static async start(texts: Readonly<Record<string, unknown>> = {}): Promise<Pages> {
    const server = createServer(({ url = "/" }, response) => {
      const { pathname, searchParams } = new URL(url, "http://localhost");
      const { name, ext } = path.parse(pathname);
      if (ext !== ".html") return response.writeHead(204).end(); // what a browser asks for by itself
      response
        .writeHead(200, { "content-type": "text/html; charset=utf-8" })
        .end(htmlOf(name, texts, searchParams.get("figures") ?? "theme"));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const browser = await chromium.launch({
      timeout: HANG,
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    });
    return new Pages(browser, server);
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    this.#server.close();
  }

  /** `state`: what the page remembered; `motion`: whether the editor lets pages move; `figures`: their colours as chosen last. */
  async open(
    name: string,
    { theme = "Dark Modern", width = 1200, height = 900, state = {} as object, motion = false, figures = "theme" } = {},
  ): Promise<Opened> {
    const page = await this.#browser.newPage({ viewport: { width, height } });
    page.setDefaultTimeout(HANG);
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.addInitScript(
      ({ theme: { body, variables }, style, state }) => {
        const posted: unknown[] = [];
        let kept: unknown = state;
        Object.assign(window, {
          posted,
          kept: () => kept,
          acquireVsCodeApi: () => ({
            postMessage: (message: unknown) => posted.push(message),
            getState: () => kept,
            setState: (next: unknown) => {
              kept = next;
            },
          }),
        });
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(`@layer editor { ${style} }`);
        document.adoptedStyleSheets = [sheet];
        const dress = () => {
          if (!document.body) return;
          for (const [key, value] of Object.entries(variables)) document.documentElement.style.setProperty(key, value);
          document.body.className = body;
          dressing.disconnect();
        };
        const dressing = new MutationObserver(dress);
        dressing.observe(document, { childList: true, subtree: true });
      },
      { theme: motion ? moving(THEMES[theme]!) : THEMES[theme]!, style: EDITOR_STYLE, state },
    );
    const { port } = this.#server.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}/${name}.html?figures=${figures}`);
    const opened: Opened = {
      page,
      complaints,
      posted: () =>
        page.evaluate(() =>
          (window as unknown as { posted: Record<string, unknown>[] }).posted.map((message) => ({
            ...message,
            ...(message.data instanceof Uint8Array && {
              data: new TextDecoder().decode(message.data.slice(0, 400_000)),
            }),
          })),
        ),
      savedPng: async () => {
        const found = await page.waitForFunction(() => {
          const posted = (window as unknown as { posted: { name?: string; data: Uint8Array }[] }).posted;
          return posted.findLast(({ name }) => name?.endsWith(".png"));
        });
        return found.evaluate(async (message) => {
          const { name, data } = message as { name: string; data: Uint8Array };
          const bitmap = await createImageBitmap(new Blob([new Uint8Array(data)], { type: "image/png" }));
          const { width, height } = bitmap;
          const context = new OffscreenCanvas(width, height).getContext("2d")!;
          context.drawImage(bitmap, 0, 0);
          const rgba = new DataView(context.getImageData(0, 0, width, height).data.buffer);
          // The colours on nine lines down the picture, to tell what lies where from left to right.
          const pixels = Array.from({ length: 9 }, (_, i) => {
            const x = Math.floor((width * (i + 0.5)) / 9);
            return [...new Set(Array.from({ length: height }, (_, y) => rgba.getUint32(4 * (y * width + x)) >>> 8))];
          });
          return { name, width, height, text: new TextDecoder().decode(data.slice(0, 4000)), pixels };
        });
      },
      kept: () => page.evaluate(() => (window as unknown as { kept(): unknown }).kept()),
      send: (...messages) =>
        page.evaluate(
          async (texts) => {
            for (const text of texts)
              window.postMessage(
                JSON.parse(text, (_, value) =>
                  value?.$bytes
                    ? Uint8Array.from(value.$bytes)
                    : value?.$floats
                      ? Float32Array.from(value.$floats, (z: number | null) => z ?? Number.NaN)
                      : value,
                ),
              );
            // Messages arrive in their order, and the pages heed no text.
            const last = Math.random().toString();
            await new Promise<void>((resolve) => {
              addEventListener("message", function on({ data }) {
                if (data !== last) return;
                removeEventListener("message", on);
                resolve();
              });
              window.postMessage(last);
            });
          },
          messages.map((message) => JSON.stringify(message)),
        ),
    };
    return opened;
  }
}

/** A page draws at the next frame, a matrix at the one after, and what follows from its size at one more. */
const FRAMES = 6;

/** Waits, by the page's own frames, until it has drawn what it was asked for. */
export async function drawn({ page }: Pick<Opened, "page">): Promise<void> {
  await page.evaluate(async (frames) => {
    for (let i = 0; i < frames; i++) await new Promise(requestAnimationFrame);
  }, FRAMES);
}

/** The number of the page's question for `text`, once it has asked. */
export async function askedFor(text: string, { page }: Pick<Opened, "page">): Promise<number> {
  const found = await page.waitForFunction((text) => {
    const { posted } = window as unknown as { posted: { type: string; texts: string[]; request: number }[] };
    return posted.findLast(({ type, texts }) => type === "ask" && texts.includes(text))?.request;
  }, text);
  return (await found.jsonValue())!;
}

const moving = (theme: Theme): Theme => ({ ...theme, body: theme.body.replace("vscode-reduce-motion", "") });

function htmlOf(name: string, texts: Readonly<Record<string, unknown>>, figures: string): string {
  const [script, style] = [`${name}.js`, "theme.css"].map((file) => readFileSync(`dist/webview/${file}`, "utf8"));
  const [nonce, subject] = ["bm9uY2U=", { shown: name }];
  return pageHtml({ script: script!, style: style!, nonce, language: "en", texts, subject, figures });
}

/** What axe finds wrong, a line each. */
export async function axe({ page }: Pick<Opened, "page">): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: {
        run(): Promise<{
          violations: { id: string; help: string; nodes: { html: string; failureSummary: string }[] }[];
        }>;
      };
    };
    const { violations } = await axe.run();
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 120)} ${failureSummary.slice(0, 200)}`),
    );
  });
}
