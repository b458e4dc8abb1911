import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { afterEach, mock, test } from "node:test";
import {
  checkOff,
  openWalkthroughCommand,
  showDueWalkthrough,
  walkthroughIn,
} from "../../../src/extension/ui/walkthrough.ts";
import { asked, workspace } from "../vscode.ts";

const OPENED = ["workbench.action.openWalkthrough", "masklens.masklens#start"];
const VIEWS = ["masklens.models.focus"];

/** What was asked for beside checking off steps. */
const opening = () => asked.filter(([command]) => command !== "setContext");

/** The part of an extension's context that is kept from window to window. */
function contextOf() {
  const kept = new Map<string, unknown>();
  return {
    extension: { id: "masklens.masklens" },
    globalState: {
      get: (key: string) => kept.get(key),
      update: async (key: string, value: unknown) => void kept.set(key, value),
    },
  } as unknown as Parameters<typeof showDueWalkthrough>[0];
}

afterEach(() => {
  asked.length = 0;
  workspace.workspaceFolders = [];
  mock.timers.reset();
});

test("the walkthrough is opened by its command", async () => {
  await openWalkthroughCommand(contextOf())(undefined);
  assert.deepEqual(asked, [OPENED]);
});

test("the sample's window opens the walkthrough, once more in case a welcome page covers it, and a later one does not", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const context = contextOf();
  await walkthroughIn(context, "/sample");
  workspace.workspaceFolders = [{ uri: { fsPath: "/other" } }];
  await showDueWalkthrough(context);
  assert.equal(asked.length, 0, "another window does not open it");
  workspace.workspaceFolders.push({ uri: { fsPath: "/sample" } });
  await showDueWalkthrough(context);
  assert.deepEqual(opening(), [VIEWS, OPENED]);
  mock.timers.tick(1000);
  assert.deepEqual(opening(), [VIEWS, OPENED, OPENED]);
  await showDueWalkthrough(context);
  mock.timers.tick(1000);
  assert.equal(opening().length, 3);
  assert.ok(
    asked.some(([, key]) => key === "masklens.done.sample"),
    "its first step is checked off",
  );
});

test("a step is checked off also where the editor reads the walkthrough a minute after it was done", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  checkOff("diff");
  mock.timers.tick(60_000);
  asked.length = 0;
  checkOff("diff"); // done again
  mock.timers.tick(60_000);
  // A key that is true when the editor reads the walkthrough would be ignored.
  assert.deepEqual(
    asked,
    [true, false].map((value) => ["setContext", "masklens.done.diff", value]),
  );
});

test("each step of the walkthrough has a button for a command, and a small picture that is described", () => {
  const { contributes } = JSON.parse(readFileSync("package.json", "utf8"));
  const texts = JSON.parse(readFileSync("package.nls.json", "utf8"));
  const commands = contributes.commands.map(({ command }: { command: string }) => command);
  const { id, steps } = contributes.walkthroughs[0];
  assert.equal(id, "start");
  assert.equal(steps.length, 4);
  for (const { description, media } of steps) {
    const [, command] = /\]\(command:([\w.]+)\)/.exec(texts[description.slice(1, -1)])!;
    assert.ok(commands.includes(command), command);
    const [, described, picture] = /!\[([^\]]+)\]\(([^)]+)\)/.exec(readFileSync(media.markdown, "utf8"))!;
    const file = path.join(path.dirname(media.markdown), picture!);
    assert.ok(described!.length > 20, described);
    assert.ok(existsSync(file), file);
    assert.ok(statSync(file).size < 150_000, `${file} is small`);
  }
});
