// Several at once: trainings of one run, trainings of many, and readers of a file that is being rewritten.

import assert from "node:assert/strict";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { after, test } from "node:test";
import { readAdaptation } from "../../src/adaptation/read.ts";
import { InputError } from "../../src/errors.ts";
import { writeAtomic } from "../../src/files.ts";
import { resume, train } from "../../src/train/run.ts";
import { KilledRuns } from "./killed-runs.ts";

const runs = new KilledRuns("none: these train in this process");
after(() => runs.remove());

async function toTheEnd(events: AsyncIterable<{ type: string }>): Promise<string> {
  let last = "";
  for await (const { type } of events) last = type;
  return last;
}

test("of two trainings of one run one goes on, and the other is told who trains", async () => {
  const folder = path.join(runs.home, "one");
  const both = await Promise.allSettled([1, 2].map(() => toTheEnd(train(runs.options(folder, 1)))));
  const refused = both.filter((one) => one.status === "rejected");
  assert.equal(refused.length, 1);
  assert.ok(refused[0]!.reason instanceof InputError);
  assert.match(
    refused[0]!.reason.message,
    /is already training here; wait for it to finish|a run already exists here|other processes keep taking/,
  );
  assert.deepEqual(both.find((one) => one.status === "fulfilled")?.value, "done");
});

test("a run that trains is not resumed, and ends undisturbed", async () => {
  const folder = path.join(runs.home, "running");
  const events = train(runs.options(folder, 1));
  for await (const { type } of events) {
    if (type !== "checkpoint") continue;
    await assert.rejects(
      toTheEnd(resume(folder)),
      /process \d+ on .* is already training here; wait for it to finish or stop it/,
    );
    break;
  }
  await events.return(undefined);
  assert.equal(await toTheEnd(resume(folder)), "done");
  assert.equal(runs.maskOf(folder), runs.maskOf(path.join(runs.home, "one")));
});

test("four trainings at once leave the masks that each leaves alone", async () => {
  const folders = [1, 2, 3, 4].map((i) => path.join(runs.home, `four-${i}`));
  const ends = await Promise.all(folders.map((folder) => toTheEnd(train(runs.options(folder, 1)))));
  assert.deepEqual(ends, ["done", "done", "done", "done"]);
  for (const folder of folders) assert.equal(runs.maskOf(folder), runs.maskOf(path.join(runs.home, "one")));
});

test("a reader of a mask that is rewritten meanwhile gets the old one or the new one", async () => {
  const folder = path.join(runs.home, "two");
  await toTheEnd(train(runs.options(folder, 2)));
  const masks = await Promise.all(
    [path.join(runs.home, "one", "one.mask.safetensors"), path.join(folder, "two.mask.safetensors")].map((file) =>
      readFile(file),
    ),
  );
  const file = path.join(runs.home, "rewritten.mask.safetensors");
  await writeFile(file, masks[0]!);
  let writing = true;
  const writer = (async () => {
    for (let i = 0; writing; i++) await writeAtomic(file, [masks[i % 2]!]);
  })();
  const seeds = new Set<number>();
  for (let i = 0; i < 100; i++) seeds.add((await readAdaptation(file)).metadata.seeds.run!);
  writing = false;
  await writer;
  for (const seed of seeds) assert.ok(seed === 1 || seed === 2);
});

test("a mask that another program writes in place is read whole or refused, never as something else", async () => {
  const [one, two] = ["one/one", "two/two"].map((name) => path.join(runs.home, `${name}.mask.safetensors`));
  await mkdir(path.join(runs.home, "copied"));
  const file = path.join(runs.home, "copied", "c.mask.safetensors");
  await copyFile(one!, file);
  let writing = true;
  const writer = (async () => {
    for (let i = 0; writing; i++) await copyFile(i % 2 ? one! : two!, file);
  })();
  for (let i = 0; i < 100; i++)
    await readAdaptation(file).catch((error) => assert.ok(error instanceof InputError, String(error)));
  writing = false;
  await writer;
});
