// What the command line says of itself and of the machine.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { masklens } from "./run.ts";
import { json } from "./trained.ts";

test("devices computes on the CPU and gives a reason for what does not work", async () => {
  const devices = await json("devices");
  const { name, memory, secondsPerStep, cpuSecondsPerStep, ...cpu } = devices[0];
  assert.deepEqual(cpu, {
    ...{ device: "cpu", works: true, difference: 0, driver: null },
    ...{ reason: null, remedy: null, details: null },
  });
  assert.match(name, /, \d+ threads$/);
  assert.ok(memory > 2 ** 28 && secondsPerStep > 0 && secondsPerStep === cpuSecondsPerStep);
  for (const { works, reason } of devices) assert.equal(works, reason === null);
});

test("help teaches: every command has a usage, sentences and flags", async () => {
  const { out: overview } = await masklens(["--help"]);
  const names = [...overview.matchAll(/^ {2}(\w+) /gm)].map(([, name]) => name!);
  assert.ok(names.length >= 8, overview);
  for (const name of names) {
    const { code, out: help } = await masklens([name, "--help"]);
    assert.equal(code, 0);
    assert.match(help, new RegExp(`^masklens ${name}`));
    const described = [...help.matchAll(/^( {2}--\S+(?: \S+)? {2,})\S/gm)].map(([, left]) => left!.length);
    assert.ok(described.length > 0 && new Set(described).size === 1, "explanations stand in one column");
  }
});

test("the version is that of the package, and -h is --help", async () => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8"));
  assert.equal((await masklens(["--version"])).out, `${version}\n`);
  for (const words of [[], ["info"]])
    assert.equal((await masklens([...words, "-h"])).out, (await masklens([...words, "--help"])).out);
});
