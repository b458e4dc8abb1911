// npm run bench editor: what a person waits for in the real workbench, with masks of BERT-base's size. Writes docs/editor.md.

import { on } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Worker } from "node:worker_threads";
import type { MaskReply, MaskRequest } from "../../src/extension/mask-requests.ts";
import { writeBigMask } from "../bench/big-mask.ts";
import { markdown } from "../bench/markdown.ts";
import { Workbench } from "./workbench.ts";

const ROUNDS = 3;
const FRAMES = 40;
const rows: [what: string, milliseconds: number, goal: number][] = [];
const median = (times: readonly number[]) => [...times].sort((a, b) => a - b)[times.length >> 1]!;

const folder = mkdtempSync(path.join(os.tmpdir(), "masklens-bench-"));
await writeBigMask(path.join(folder, "one.mask.safetensors"), 1);
await writeBigMask(path.join(folder, "two.mask.safetensors"), 2);
const workbench = await Workbench.open(folder, { size: { width: 1500, height: 1000 } });
try {
  await workbench.playing(measure);
} finally {
  await workbench.close();
  rmSync(folder, { recursive: true, force: true });
}

async function measure(): Promise<void> {
  // The first file starts the extension and its thread; those after it are what is measured.
  const [kept, changed]: number[][] = [[], []];
  for (let round = 0; round <= ROUNDS; round++) {
    await workbench.command("View: Close All Editors");
    const start = performance.now();
    await workbench.openFile(round % 2 ? "one.mask" : "two.mask");
    await workbench.frame.locator(".sentence").waitFor();
    const first = performance.now() - start;
    await workbench.frame.locator(".sentence", { hasText: "Training dropped" }).waitFor();
    if (!round) continue;
    kept!.push(first);
    changed!.push(performance.now() - start);
  }
  // From the first key of its name: the workbench's own search for the file is part of these.
  rows.push(["a mask of 71 M bits, from its name typed to its first numbers (Kept)", median(kept!), 500]);
  rows.push(["the same, to all that training changed (Changed)", median(changed!), 1500]);

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
      // Callbacks of one frame run in the order in which they were asked for: ours before and after the drawing's.
      const before = new Promise<number>((resolve) => requestAnimationFrame(() => resolve(performance.now())));
      canvas.dispatchEvent(
        new WheelEvent("wheel", {
          deltaY: i < count / 2 ? -20 : 20,
          clientX: left + 300,
          clientY: top + 200,
          cancelable: true,
        }),
      );
      const after = new Promise<number>((resolve) => requestAnimationFrame(() => resolve(performance.now())));
      times.push((await after) - (await before));
    }
    return times;
  }, FRAMES);
  rows.push(["a frame while zooming", median(frames), 16]);

  const [d, lift]: number[][] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    await workbench.command("View: Close All Editors");
    await workbench.command("MaskLens: Diff Masks");
    await workbench.tick(["one.mask", "two.mask"]);
    const start = performance.now();
    await workbench.frame.locator(".sentence").waitFor();
    d!.push(performance.now() - start);
    await workbench.frame.locator(".sentence", { hasText: "dropped the same weights" }).waitFor();
    lift!.push(performance.now() - start);
  }
  rows.push(["a diff of two such masks, to d", median(d!), 200]);
  rows.push(["the same, to lift and z", median(lift!), 3000]);

  // Without the workbench and its new panel: the thread's own part, with its start and the reading of both files.
  const [ownD, ownLift]: number[][] = [[], []];
  const files = ["one", "two"].map((name) => path.join(folder, `${name}.mask.safetensors`));
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    const thread = new Worker(path.resolve("dist/mask-thread.cjs"));
    thread.postMessage({ id: 1, name: "compare", params: { files } } satisfies MaskRequest);
    for await (const [{ type }] of on(thread, "message") as AsyncIterable<[MaskReply]>) {
      (type === "part" ? ownD! : ownLift!).push(performance.now() - start);
      if (type !== "part") break;
    }
    await thread.terminate();
  }
  rows.push(["of these the comparison itself, to d", median(ownD!), 200]);
  rows.push(["of these the comparison itself, to lift and z", median(ownLift!), 3000]);
}

const page = [
  "# How long the editor takes",
  "",
  `Made by \`npm run bench editor\`: VS Code's own server and workbench in Chromium, masks of BERT-base's size (71 M bits), the median of ${ROUNDS} rounds, of ${FRAMES} frames. Opening counts everything from the moment the workbench is asked: its search for the file, its new editor, the page's start.`,
  "",
  ...markdown(
    ["what", "ms", "goal, ms"],
    rows.map(([what, milliseconds, goal]) => [what, milliseconds.toFixed(0), String(goal)]),
  ),
  "",
].join("\n");
writeFileSync("docs/editor.md", page);
console.log(page);
