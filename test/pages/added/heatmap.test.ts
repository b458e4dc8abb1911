// What a mask's page says of adapters that were trained beside the mask, and of the attributes that they read.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Added, addedIn } from "../../../src/mask/beside/added.ts";
import { type Opened, Pages } from "../browser.ts";
import { describedAs, heatmapMessages } from "../fixture.ts";
import { nothingWrong } from "../shown.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

/** What a file adds: two adapters of size 4, one tensor of which is for attributes. */
const added = (more: object, attributes: readonly { name: string; values: readonly string[] }[]): Added =>
  addedIn({
    metadata: { task: { attributes }, run: { adapters: { size: 4, ...more } } } as never,
    tensors: [
      { name: "classifier.weight", data: new Float32Array(1000) },
      { name: "adapter.0.attention.down.weight", data: new Float32Array(1200) },
      { name: "adapter.0.output.down.weight", data: new Float32Array(34) },
      ...(attributes.length ? [{ name: "adapter.0.output.attributes.values", data: new Float32Array(20) }] : []),
    ],
  });

async function provenance(change: { added: Added }): Promise<Opened> {
  const opened = await pages.open("heatmap", { state: { tab: "provenance" } });
  const [message] = (await heatmapMessages()) as [Parameters<typeof describedAs>[0]];
  await opened.send(describedAs(message, change));
  return opened;
}

const fact = ({ page }: Opened, name: string) =>
  page
    .locator("table.facts tr", { has: page.getByRole("rowheader", { name, exact: true }) })
    .locator("td")
    .innerText();

test("a mask without adapters has no line about any", async () => {
  const opened = await provenance({ added: { adapters: null, attributes: [] } });
  await opened.page.getByRole("rowheader", { name: "initial scores" }).waitFor();
  assert.equal(await opened.page.getByRole("rowheader", { name: "adapters" }).count(), 0);
  await opened.page.close();
});

test("adapters are told with their parameters, and attributes with the number of their values and the first of them", async () => {
  const plain = await provenance({ added: added({}, []) });
  assert.equal(await fact(plain, "adapters"), "size 4, 1,234 parameters, trained beside the mask");
  await plain.page.close();
  const users = { name: "user", values: Array.from({ length: 1200 }, (_, i) => `user ${i}`) };
  const tags = { name: "tags", values: ["sad"] };
  const opened = await provenance({ added: added({ attributes: "joint", weights: "phm" }, [users, tags]) });
  assert.equal(
    await fact(opened, "adapters"),
    "size 4, 1,254 parameters, trained beside the mask; 20 of them for attributes, which act jointly with the text (weights as sums of 4 Kronecker products)",
  );
  assert.equal(await fact(opened, "attribute user"), "1,200 values: user 0, user 1, user 2, user 3, user 4, …");
  assert.equal(await fact(opened, "attribute tags"), "1 value: sad");
  nothingWrong(opened);
  await opened.page.close();
});
