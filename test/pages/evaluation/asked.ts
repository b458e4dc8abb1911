// Answers what the evaluation page asks for, as the editor does.

import type { Opened } from "../browser.ts";
import { drawn } from "../browser.ts";
import { type Evaluated, evaluationOf } from "./fixture.ts";

interface Asked {
  readonly type: string;
  readonly request: number;
  readonly adaptation: number;
  readonly examples: readonly number[];
}

const answered = new WeakMap<object, number>();

/** Sends the lines that the page has asked for since the last call, until it asks for no more. */
export async function answerLines(opened: Opened, { line }: Evaluated): Promise<void> {
  for (;;) {
    await drawn(opened);
    const all = (await opened.posted()) as unknown as Asked[];
    const fresh = all.slice(answered.get(opened) ?? 0).filter(({ type }) => type === "lines");
    answered.set(opened, all.length);
    if (!fresh.length) return;
    await opened.send(
      ...fresh.map(({ request, adaptation, examples }) => ({
        ...{ type: "lines", request },
        lines: examples.map((example) => line(adaptation, example)),
      })),
    );
  }
}

/** Shows an evaluation with its examples. */
export async function showEvaluation(opened: Opened, evaluated: Evaluated = evaluationOf()): Promise<Evaluated> {
  await opened.send(evaluated.message);
  await opened.page.getByRole("tab", { name: "Metrics" }).or(opened.page.locator("#tab-metrics")).first().waitFor();
  await answerLines(opened, evaluated);
  return evaluated;
}
