// Paths at which there is nothing, or nothing that can be read, given to each command in a process of its own.

import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { filesIn, folder, refuses, training } from "./run.ts";

test("a path below a file, too long, in a circle of links or to nothing is refused in a sentence by every command", async () => {
  const home = folder({ file: "" });
  symlinkSync("circle", path.join(home, "circle"));
  symlinkSync("nowhere", path.join(home, "dangling"));
  const long = "n".repeat(256);
  const mask = path.join(home, "file");
  const given = [
    ["info", "PATH"],
    ["evaluate", "PATH"],
    ["predict", "PATH"],
    ["diff", mask, "PATH"],
    ["export", "PATH", "--out", path.join(home, "out")],
    ["train", "--resume", "PATH"],
    ["train", "--run", "PATH"],
    training("PATH"),
    training(path.join(home, "out"), { base: "PATH" }),
    training(path.join(home, "out"), { file: "PATH" }),
  ];
  const asked = ["file/below", long, "circle", "dangling"].flatMap((name) =>
    given.map((words) => words.map((word) => (word === "PATH" ? path.join(home, name) : word))),
  );
  const sentence =
    /no such (file|folder)|name is too long|its symbolic links form a loop|part of a loop of links|nothing at this path|this folder contains no run|file is empty|cannot be written \((ENOTDIR|ELOOP)\)|its folder is a file|a link to a folder that does not exist/;
  for (const words of asked) await refuses(words, sentence);
  assert.deepEqual(filesIn(home), ["circle", "dangling", "file"]);
});
