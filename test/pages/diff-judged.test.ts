// What a diff says of chance: the null that judges it, its place among reference pairs, and the marks that it sets.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { PairComparison } from "../../src/mask/compare.ts";
import type { Estimate } from "../../src/mask/metadata.ts";
import type { Null, Place } from "../../src/mask/reference.ts";
import { axe, Pages } from "./browser.ts";
import { fixed } from "./fixed.ts";
import { diffMessages } from "./fixture.ts";
import { nothingWrong, picture, savedTable } from "./shown.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

/** A pair's message, judged by a null. */
async function judged(change: Partial<PairComparison>, stage = "judged"): Promise<[unknown, unknown]> {
  const [names, message] = (await diffMessages("sentiment", "topic")) as [unknown, { pairs: [PairComparison] }];
  return [names, { ...message, stage, pairs: message.pairs.map((pair) => ({ ...pair, ...change })) }];
}

const PLACE: Place = { median: 1.045, mad: 0.0135, pairs: 18, deviations: 7.41, low: 1.002, high: 1.088 };

test("a headline is judged by the null that it names, with its place among reference pairs, above, within and below", async () => {
  const lift = (value: number): Estimate => ({ value, low: value - 0.03, high: value + 0.03 });
  const cases: [null: Null, place: Place | null, lift: number, z: number, says: RegExp][] = [
    ["unrelated masks", PLACE, 1.195, 14.6, /: more than unrelated masks, 7\.4 deviations above their median\.$/],
    [
      "unrelated masks",
      { ...PLACE, deviations: 0.7 },
      1.06,
      4.2,
      /: no more than unrelated masks, 0\.7 deviations above/,
    ],
    ["unrelated masks", { ...PLACE, deviations: -3.2 }, 0.98, -1, /: less than unrelated masks, 3\.2 deviations below/],
    ["unrelated masks", { ...PLACE, deviations: null }, 1.2, 9, /: more than unrelated masks\.$/],
    ["permuted labels", PLACE, 1.195, 14.6, /: more than masks trained on permuted labels, 7\.4/],
    ["independence", null, 1.06, 4.2, /: more than with independent pruning\.$/],
    ["independence", null, 1.01, 0.5, /: no clear difference from independent pruning\.$/],
  ];
  for (const [by, place, value, z, says] of cases) {
    const opened = await pages.open("diff");
    const { page, send } = opened;
    await send(...(await judged({ null: by, place, lift: lift(value), z })));
    await page.locator(".sentence").waitFor();
    assert.match(await page.locator(".sentence").innerText(), says);
    const named = await page.locator(".null").innerText();
    if (place)
      assert.equal(
        named,
        `The null is ${by === "permuted labels" ? "masks trained on permuted labels" : by}: 18 reference pairs over this base model have a median lift of 1.045; 95 % of such pairs have a lift between 1.002 and 1.088.`,
      );
    else assert.match(named, /^The null is independence: /);
    await page.getByRole("tab", { name: "Numbers" }).click();
    await page.getByRole("table", { name: "By layer" }).waitFor();
    assert.equal(await page.getByRole("table", { name: "Null of the headline" }).count(), place ? 1 : 0);
    nothingWrong(opened);
    await page.close();
  }
});

test("until reference pairs are computed independence is named as the null, then too few of them are a note", async () => {
  const opened = await pages.open("diff");
  const { page, send } = opened;
  await send(...(await judged({}, "complete")));
  await page.getByText(/^The null is independence for now\. Computing how much unrelated masks/).waitFor();
  const note =
    "the lift is judged against independence because at least 5 reference pairs of unrelated masks are required (found 3)";
  await send((await judged({ notes: [note] }))[1]);
  await page
    .locator(".warning", {
      hasText: /^The lift is judged against independence because at least 5 .* are required \(found 3\)/,
    })
    .waitFor();
  await page.getByText(/^The null is independence: /).waitFor();
  assert.equal(await page.getByText(/for now/).count(), 0);
  nothingWrong(opened);
  await page.close();
});

test("the last layer, the pooler and the classifier stand apart from the headline, in the picture, the numbers and the table that is saved", async () => {
  const opened = await pages.open("diff");
  const { page, send } = opened;
  const messages = (await diffMessages("sentiment", "topic")) as [unknown, { pairs: [PairComparison] }];
  await send(...messages);
  const [{ apart, lift, matrices }] = messages[1].pairs;
  assert.deepEqual(
    apart.map(({ part }) => part),
    ["last layer", "pooler", "classifier"],
  );
  const table = page.getByRole("table", { name: "Not in the headline" });
  await table.waitFor();
  const rows = await table
    .locator("tbody tr")
    .evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent)));
  assert.deepEqual(
    rows,
    apart.map(({ part, lift, z }) => [
      ...[
        part,
        fixed(lift!.value, 2),
        `${fixed(lift!.low, 2)}–${fixed(lift!.high, 2)}`,
        `${z! > 0 ? "+" : ""}${fixed(z, 1)}`,
      ],
    ]),
  );
  const known = matrices.filter(({ z }) => z !== null);
  const marked = (of: typeof known) => of.filter((one) => one.marked).length;
  const listed = [...known].sort((a, b) => Math.abs(b.z!) - Math.abs(a.z!)).slice(0, 8);
  const heading = await page.locator("h2", { hasText: "Furthest from chance" }).innerText();
  assert.ok(
    heading.includes(
      known.length > 8
        ? `8 of ${known.length} shown; ● ${marked(listed)} of ${marked(known)} marked`
        : `● ${marked(known)} of ${known.length} marked`,
    ),
    heading,
  );
  await page.getByRole("tab", { name: "Numbers" }).click();
  const byLayer = page.getByRole("table", { name: "By layer" });
  const names = await byLayer.locator("tbody td:first-child").allInnerTexts();
  assert.deepEqual(names.slice(0, 1 + apart.length), ["headline", ...apart.map(({ part }) => `excluded: ${part}`)]);
  const [headline, ...more] = (await savedTable(opened, "Headline")).rows;
  assert.equal(more.length, 0);
  assert.deepEqual(
    [headline!.lift, headline!.liftLow, headline!.liftHigh],
    [lift!.value, lift!.low, lift!.high].map(String),
  );
  assert.deepEqual(
    (await savedTable(opened, "Not in the headline")).rows.map(({ part, lift }) => [part, lift]),
    apart.map(({ part, lift }) => [part, String(lift!.value)]),
  );
  await page.close();
});

test("blocks, kinds, matrices and heads carry the marks that they came with, whatever their z", async () => {
  const [names, message] = (await diffMessages("sentiment", "topic")) as [unknown, { pairs: [PairComparison] }];
  const marked = <P extends object>(parts: readonly P[]) => parts.map((part, i) => ({ ...part, marked: i === 0 }));
  const [pair] = message.pairs;
  const change = {
    ...{ matrices: marked(pair.matrices), layers: marked(pair.layers), kinds: marked(pair.kinds) },
    heads: pair.heads.map((head, i) => ({ ...head, marked: i < 3, markedA: i < 2, markedB: i < 1 })),
  };
  const opened = await pages.open("diff");
  const { page, send } = opened;
  await send(names, { ...message, pairs: [{ ...pair, ...change }] });
  const grid = page.getByRole("grid", { name: "Lift by layer and matrix kind" });
  await grid.waitFor();
  assert.equal(await grid.locator(".mark").count(), 3);
  assert.match(
    await page.locator("h2", { hasText: "Lift" }).first().innerText(),
    new RegExp(
      `matrices: ● 1 of ${pair.matrices.length} marked; layers: ● 1 of ${pair.layers.length} marked; kinds: ● 1 of`,
    ),
  );
  await page.getByRole("tab", { name: "Attention heads" }).click();
  for (const [name, marks] of [
    ["Overlap of both masks", 3],
    ["sentiment: pruned weights", 2],
    ["topic: pruned weights", 1],
  ] as const)
    assert.equal(await page.getByRole("grid", { name }).locator(".mark").count(), marks, name);
  await page.close();
});

test("two tasks can be said to be related and no longer to be, and a pair of one task has nothing to say", async () => {
  const opened = await pages.open("diff");
  const { page, send, posted } = opened;
  const [names, pairs] = (await diffMessages("sentiment", "topic")) as [
    { masks: { task: { name: string } }[] },
    unknown,
  ];
  await send(names, pairs);
  const tasks = names.masks.map(({ task }) => task.name);
  const summary = page.locator("summary", { hasText: "More about this comparison" });
  await summary.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "These tasks are related" }).focus();
  await page.keyboard.press("Enter");
  assert.deepEqual((await posted()).at(-1), { type: "relate", tasks, related: true });
  await picture(opened, "diff-related");
  await send({ type: "related", groups: [[...tasks, "another"]] });
  await page.getByText(`${tasks.join(" and ")} are marked as related`).waitFor();
  await page.getByRole("button", { name: "These tasks are not related" }).click();
  assert.deepEqual((await posted()).at(-1), { type: "relate", tasks, related: false });
  assert.deepEqual(await axe(opened), []);
  const one = names.masks.map((mask) => ({ ...mask, task: names.masks[0]!.task }));
  await send({ ...names, masks: one });
  await page.locator(".related").waitFor({ state: "detached" });
  nothingWrong(opened);
  await page.close();
});
