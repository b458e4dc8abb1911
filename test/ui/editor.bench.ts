// npm run bench editor [--keep]: what a person waits for in the real workbench, with masks of BERT-base's size. Writes docs/editor.md.

import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Worker } from "node:worker_threads";
import type { MaskRequests } from "../../src/extension/masks/thread/requests.ts";
import { Asker, threadPort } from "../../src/worker/channel.ts";
import { writeBigMask } from "../bench/big-mask.ts";
import { besideKept } from "../bench/kept.ts";
import { markdown } from "../bench/markdown.ts";
import { runInside } from "../host/inside.ts";
import { discard } from "../host/workspace.ts";
import { Workbench } from "./workbench.ts";

const ROUNDS = 3;
const FRAMES = 40;
const rows: [what: string, milliseconds: number, goal?: number][] = [];

/** Milliseconds from the press of a key or button. */
interface Waited {
  /** Until the workbench begins to load the page. */
  readonly load: number;
  /** To the first frame that shows something of the page. */
  readonly paint: number;
  /** To the page's first sentence. */
  readonly first: number;
  /** To the sentence that says all. */
  readonly all: number;
}

const median = (times: readonly number[]) => [...times].sort((a, b) => a - b)[times.length >> 1]!;
const middle = (times: readonly Waited[], what: keyof Waited) => median(times.map((one) => one[what]));

const starts: number[] = [];
for (let round = 0; round < ROUNDS; round++)
  await runInside("dist/tools/host/activation.cjs", (workspace) => {
    starts.push(JSON.parse(readFileSync(path.join(workspace, "figures.json"), "utf8")).activation);
  });
rows.push(["activation of the extension, by VS Code's account", median(starts), 50]);

const folder = mkdtempSync(path.join(os.tmpdir(), "masklens-bench-"));
await writeBigMask(path.join(folder, "one.mask.safetensors"), 1);
await writeBigMask(path.join(folder, "two.mask.safetensors"), 2);
const workbench = await Workbench.open(folder, { size: { width: 1500, height: 1000 } });
try {
  await workbench.playing(measure);
} finally {
  await workbench.close();
  await discard(folder);
}

/** Notes when the person pressed something last and, in each page, when a frame has shown what its sentence says anew. */
async function watch(): Promise<void> {
  await workbench.page.evaluate(() => {
    for (const type of ["click", "keydown"])
      addEventListener(type, () => Object.assign(window, { pressed: Date.now() }), true);
  });
  await workbench.page.context().addInitScript(() => {
    const said: [text: string, at: number][] = [];
    let last = "";
    // A timer outlives that the workbench writes the page into a document opened anew; what waits for a frame does not.
    setInterval(() => {
      const text = document.querySelector(".sentence")?.textContent ?? "";
      if (text === last) return;
      last = text;
      requestAnimationFrame(() => setTimeout(() => said.push([text, Date.now()])));
    }, 4);
    Object.assign(window, { said });
  });
}

/** How long it took since something was pressed; `text` is of the page's last sentence. */
async function waited(text: string): Promise<Waited> {
  await workbench.frame.locator(".sentence", { hasText: text }).waitFor();
  const pressed = await workbench.page.evaluate(() => (window as unknown as { pressed: number }).pressed);
  const { load, paint, said } = await workbench.frame.locator("body").evaluate(async (_, text) => {
    const { said } = window as unknown as { said: [text: string, at: number][] };
    while (!said.at(-1)?.[0].includes(text)) await new Promise((resolve) => setTimeout(resolve));
    const [paint] = performance.getEntriesByName("first-contentful-paint");
    return { load: performance.timeOrigin, paint: performance.timeOrigin + paint!.startTime, said };
  }, text);
  const [first, all] = [said[0]![1], said.at(-1)![1]];
  return { load: load - pressed, paint: paint - pressed, first: first - pressed, all: all - pressed };
}

async function measure(): Promise<void> {
  await watch();
  // The first file starts the extension and its thread, the second the workbench's own part for pages; those after are measured.
  const opened: Waited[] = [];
  for (let round = -1; round <= ROUNDS; round++) {
    await workbench.command("View: Close All Editors");
    await workbench.openFile(round % 2 ? "one.mask" : "two.mask");
    const times = await waited("Training pruned");
    if (round > 0) opened.push(times);
  }
  rows.push(["a mask's page, to its first paint", middle(opened, "paint")]);
  rows.push(["a mask of 71 M bits, to its first numbers (Kept)", middle(opened, "first"), 500]);
  rows.push(["the same, until all changes by training are shown (Changed)", middle(opened, "all"), 1500]);

  const clicks: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await workbench.tab("changed");
    clicks.push(
      await workbench.frame
        .locator("table.grid .cell")
        .nth(10 + 6 * round)
        .evaluate(async (cell) => {
          const start = performance.now();
          cell.dispatchEvent(new MouseEvent("dblclick", { bubbles: true }));
          const painted = () => {
            const canvas = document.querySelector<HTMLCanvasElement>("canvas.view");
            return canvas && canvas.getContext("2d")!.getImageData(canvas.width >> 1, canvas.height >> 1, 1, 1).data[3];
          };
          while (!painted()) await new Promise((resolve) => requestAnimationFrame(resolve));
          return performance.now() - start;
        }),
    );
  }
  rows.push(["a cell's matrix, from the click to its picture", median(clicks), 100]);

  const frames = await workbench.frame.locator("canvas.view").evaluate(async (canvas, count) => {
    const times: number[] = [];
    const { left, top } = canvas.getBoundingClientRect();
    for (let i = 0; i < count; i++) {
      await new Promise(requestAnimationFrame);
      const start = performance.now();
      canvas.dispatchEvent(
        new WheelEvent("wheel", {
          ctrlKey: true,
          deltaY: i < count / 2 ? -20 : 20,
          clientX: left + 300,
          clientY: top + 200,
          cancelable: true,
        }),
      );
      await null; // the page has drawn it: it does so in a microtask that was queued before this one
      times.push(performance.now() - start);
    }
    return times;
  }, FRAMES);
  rows.push(["a frame while zooming", median(frames), 16]);

  const diffs: Waited[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await workbench.command("View: Close All Editors");
    await workbench.command("MaskLens: Diff Masks");
    await workbench.tick(["one.mask", "two.mask"]);
    diffs.push(await waited("pruned the same weights"));
  }
  rows.push(["a diff's page, to its first paint", middle(diffs, "paint")]);
  rows.push(["a diff of two such masks, to d", middle(diffs, "first"), 200]);
  rows.push(["of this, the workbench, until it starts to load the page", middle(diffs, "load")]);
  rows.push(["the same diff, to lift and z", middle(diffs, "all"), 3000]);

  // Without the workbench and its new panel: the thread's own part, with its start and the reading of both files.
  const [ownD, ownLift]: number[][] = [[], []];
  const files = ["one", "two"].map((name) => path.join(folder, `${name}.mask.safetensors`));
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    const thread = new Worker(path.resolve("dist/mask-thread.cjs"));
    const asker = new Asker<MaskRequests>(threadPort(thread));
    await asker.ask("compare", { files }, { onEvent: () => ownD!.push(performance.now() - start) });
    ownLift!.push(performance.now() - start);
    await thread.terminate();
  }
  rows.push(["the comparison without a page, to d", median(ownD!), 200]);
  rows.push(["the comparison without a page, to lift and z", median(ownLift!), 3000]);
}

const page = [
  "# Response times of the editor",
  "",
  `Made by \`npm run bench editor\`: VS Code's own server and workbench in Chromium, masks of BERT-base's size (71 M bits), the median of ${ROUNDS} rounds (for the frame time, of ${FRAMES} frames). Opening and comparing are timed from the key or button to the frame that shows the result, including the workbench's new editor and the start of the page.`,
  "",
  ...markdown(
    ["what", "ms", "goal, ms"],
    rows.map(([what, milliseconds, goal]) => [what, milliseconds.toFixed(0), goal === undefined ? "" : String(goal)]),
  ),
  "",
].join("\n");
writeFileSync("docs/editor.md", page);
console.log(page);
const figures = rows.map(([what, milliseconds]) => [what, milliseconds] as const);
console.log(besideKept("editor", "ms", Object.fromEntries(figures)).join("\n"));
