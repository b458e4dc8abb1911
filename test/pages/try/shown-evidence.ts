// The evidence that tests of Try Text show.

import { deletionOf, deletionPlan } from "../../../src/adaptation/deletion.ts";
import type { Evidence } from "../../../src/adaptation/prediction.ts";
import type { Opened } from "../browser.ts";
import { SHOWN } from "../shown.ts";

export const A = "/m/a.mask.safetensors";
export const TEXT = "Worth every cent.";
const VALUES = [0.1, 1.2, -0.3, 0.6, -0.05];

export function evidenceFor(label: string, { check = "" as "" | "better" | "chance" } = {}): Evidence {
  const tokens = ["[CLS]", "worth", "every", "cent", "[SEP]"].map((token, i) => ({
    ...{ token, value: VALUES[i]!, special: token.startsWith("[") },
  }));
  // As of a text of 8 tokens: each deleted one lowers the probability by its evidence, or all by the same amount.
  const plan = deletionPlan([...Array(8).keys()], (i) => 8 - i);
  const falls = plan.sets.map((set) => set.reduce((rest, i) => rest - (check === "better" ? (8 - i) / 40 : 0.1), 0.9));
  return {
    ...{ text: TEXT, adaptation: A, label, logOdds: 2.44, logOddsWithoutWords: -0.5, tokens },
    deletion: check ? deletionOf(plan, falls, "[MASK]") : null,
  };
}

/** The last message of a type, as soon as there is one. */
export async function last({ page, posted }: Opened, type: string): Promise<Record<string, unknown>> {
  await page.waitForFunction(
    (type) => (window as unknown as { posted: { type: string }[] }).posted.some((message) => message.type === type),
    type,
  );
  return (await posted()).filter((message) => message.type === type).at(-1)!;
}

/** Opens the evidence of the first answer that has it closed; `changed`: what differs from the fixture's. */
export async function showEvidence(
  opened: Opened,
  options: Parameters<typeof evidenceFor>[1] = {},
  changed: Partial<Evidence> = {},
): Promise<void> {
  await opened.page.locator(".evidence > button[aria-expanded=false]").first().click();
  const { request } = await last(opened, "explain");
  await opened.send({ type: "evidence", request, evidence: { ...evidenceFor("positive", options), ...changed } });
  await opened.page.locator(".evidence ol").first().waitFor();
}

/** The page with an answer's evidence open. */
export async function explained(opened: Opened, options: Parameters<typeof evidenceFor>[1] = {}): Promise<void> {
  await SHOWN.try(opened);
  await showEvidence(opened, options);
}
