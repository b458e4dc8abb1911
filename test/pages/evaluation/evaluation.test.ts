import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, drawn, type Opened, Pages } from "../browser.ts";
import { choose, nothingWrong, picture, savedTable } from "../shown.ts";
import { answerLines, showEvaluation } from "./asked.ts";
import { evaluationOf } from "./fixture.ts";

let pages: Pages;
before(async () => {
  pages = await Pages.start();
});
after(() => pages.stop());

const tab = async ({ page }: Opened, name: string) => {
  await page.getByRole("tab", { name, exact: true }).click();
  await page.getByRole("tab", { name, exact: true, selected: true }).waitFor();
};
const list = ({ page }: Opened) => page.getByRole("grid", { name: "Examples" });
const rowsOf = (opened: Opened) => list(opened).locator("tbody tr");
const status = ({ page }: Opened) => page.locator("p[role='status']");

test("metrics stand side by side, with differences, and what they are compared with", async () => {
  const opened = await pages.open("evaluation");
  const { views } = await showEvaluation(opened);
  const { page } = opened;
  const main = await page.locator("main").innerText();
  assert.match(
    main,
    /2 adaptations on the test split of the task sentiment: 40 examples \(each with one text\)\. Device: auto\./,
  );
  assert.match(main, /Always predicting the most frequent label, “\w+”, would reach an accuracy of \d\d\.\d %\./);
  assert.match(main, /^2 of 40 examples were truncated\.$/m, "said once, because it is the same for both");
  const accuracy = views.map(({ metrics }) => (metrics.accuracy as { value: number }).value);
  const table = page.getByRole("table", { name: "Metrics in %" });
  assert.match(
    (await table.locator("tbody tr").nth(0).textContent())!,
    new RegExp(`^one${(100 * accuracy[0]!).toFixed(1)}`),
  );
  const difference = page.getByRole("table", { name: "Differences in accuracy, in points" });
  assert.match((await difference.locator("tbody tr").textContent())!, /^one − two[+−]?\d+\.\d/);
  assert.equal(await difference.getByText("p (Holm)").count(), 0); // there is one comparison
  nothingWrong(opened);
  await page.close();
});

test("with several comparisons, p is also corrected for their number", async () => {
  const opened = await pages.open("evaluation");
  await showEvaluation(opened, evaluationOf({ names: ["a", "b", "c"] }));
  const difference = opened.page.getByRole("table", { name: "Differences in accuracy, in points" });
  assert.equal(await difference.locator("tbody tr").count(), 3);
  assert.equal(await difference.getByText("p (Holm)").count(), 1);
  await opened.page.close();
});

test("a cell of the confusion matrix shows its examples, by keyboard alone", async () => {
  const opened = await pages.open("evaluation");
  const evaluated = await showEvaluation(opened);
  const { page } = opened;
  await page.locator("#tab-metrics").focus();
  await page.keyboard.press("ArrowRight");
  const { counts } = evaluated.views[0]!.details.confusion!;
  const cells = page.getByRole("grid", { name: "Confusion matrix" }).locator("td.cell");
  await cells.first().waitFor();
  assert.deepEqual(
    (await cells.allTextContents()).map((text) => Number(text.split(" ·")[0])),
    counts.flat(),
  );
  await picture(opened, "evaluation-labels");
  assert.deepEqual(await axe(opened), []);
  await cells.first().focus();
  await page.keyboard.press("ArrowRight");
  assert.match(
    (await page.locator(".detail").textContent())!,
    /^Label negative, predicted positive: \d+, \d+\.\d % of the \d+/,
  );
  await page.keyboard.press("Enter");
  await list(opened).waitFor();
  await answerLines(opened, evaluated);
  assert.equal(await status(opened).textContent(), `${counts[0]![1]} of 40 examples`);
  for (const row of await rowsOf(opened).allTextContents()) assert.match(row, /negative✗ positive/);
  nothingWrong(opened);
  await page.close();
});

test("calibration is shown beside that of a calibrated model, and each bin is reached by key", async () => {
  const opened = await pages.open("evaluation");
  const { views } = await showEvaluation(opened);
  const { page } = opened;
  await tab(opened, "Calibration");
  const error = views[0]!.details.calibration!.expectedCalibrationError;
  const row = await page.getByRole("table", { name: "Calibration" }).locator("tbody tr").first().textContent();
  assert.ok(
    row!.includes((100 * error.value).toFixed(1)) && row!.includes(`${(100 * error.calibrated.value).toFixed(1)} (`),
    row!,
  );
  const diagram = page.getByRole("img", { name: "Reliability diagram" });
  assert.equal(await diagram.locator("circle.dot").count(), 15);
  await diagram.focus();
  await page.keyboard.press("End");
  assert.match(
    (await page.locator(".detail").textContent())!,
    /^\d predictions with confidence .* accuracy \d+\.\d % \(/,
  );
  await picture(opened, "evaluation-calibration");
  assert.deepEqual(await axe(opened), []);
  nothingWrong(opened);
  await page.close();
});

test("examples are sorted by loss, filtered by who is right, searched, and one shows every probability", async () => {
  const opened = await pages.open("evaluation");
  const evaluated = await showEvaluation(opened);
  const { page, posted, send } = opened;
  await tab(opened, "Examples");
  await answerLines(opened, evaluated);
  const { losses, targets, predictions } = evaluated.views[0]!.examples;
  const shown = (await rowsOf(opened).allTextContents()).map((row) => Number(/^\d\.\d{3}/.exec(row)![0]));
  assert.deepEqual(
    shown,
    [...losses]
      .sort((a, b) => b - a)
      .slice(0, shown.length)
      .map((loss) => Number(loss.toFixed(3))),
  );
  await list(opened).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await answerLines(opened, evaluated);
  const second = [...losses.keys()].sort((a, b) => losses[b]! - losses[a]!)[1]!;
  await page.getByRole("heading", { name: `Example ${second} its place` }).waitFor();
  assert.match((await page.locator(".example").textContent())!, /probability of \w+ \(the label\), %\d+\.\d/);
  await picture(opened, "evaluation-examples");
  assert.deepEqual(await axe(opened), []);
  await page.getByRole("button", { name: "Open in Try Text" }).click();
  const opens = { type: "tryText", text: `Text number ${second}`, attributes: {}, adaptations: [0, 1] };
  assert.deepEqual((await posted()).at(-1), opens);

  await choose(opened, "Right or wrong", "Only wrong");
  await drawn(opened);
  const wrong = targets.filter((target, i) => target !== predictions[i]).length;
  assert.equal(await status(opened).textContent(), `${wrong} of 40 examples`);
  await choose(opened, "Right or wrong", "Right and wrong");
  await choose(opened, "Disagreement", "Disagrees with two");
  await choose(opened, "Who is right", "two is right");
  await drawn(opened);
  const other = evaluated.views[1]!.examples.predictions;
  const better = targets.filter((target, i) => predictions[i] !== target && other[i] === target).length;
  assert.ok(better > 0);
  assert.equal(await status(opened).textContent(), `${better} of 40 examples`);
  await page.getByRole("button", { name: "Clear Filters" }).click();

  await page.getByRole("searchbox").fill("number 3");
  await page.waitForFunction(() =>
    (window as unknown as { posted: { type: string }[] }).posted.some(({ type }) => type === "search"),
  );
  assert.equal(await status(opened).textContent(), "Searching…");
  const { request, text } = (await posted()).findLast(({ type }) => type === "search") as {
    request: number;
    text: string;
  };
  assert.equal(text, "number 3");
  await send({ type: "found", request: request - 1, examples: { $floats: [0] } }); // of a search before
  await send({ type: "found", request, examples: { $floats: [3, 30, 31] } });
  await drawn(opened);
  assert.equal(await status(opened).textContent(), "3 of 40 examples");
  nothingWrong(opened);
  await page.close();
});

test("tables are saved with their metadata, the examples as filtered, and the figures have a caption", async () => {
  const opened = await pages.open("evaluation");
  const evaluated = await showEvaluation(opened);
  const { page, posted } = opened;
  const { name, rows, metadata } = await savedTable(opened, "Labels");
  assert.equal(name, "evaluation-sentiment-labels.csv");
  assert.deepEqual(
    rows.map(({ adaptation, label, support }) => [adaptation, label, Number(support)]),
    evaluated.views.flatMap(({ adaptation, details }) =>
      details.labels.map(({ label, support }) => [adaptation, label, support]),
    ),
  );
  assert.deepEqual([metadata.split, metadata.device, (metadata.adaptations as unknown[]).length], ["test", "auto", 2]);
  await tab(opened, "Examples");
  await answerLines(opened, evaluated);
  await choose(opened, "Right or wrong", "Only wrong");
  await choose(opened, "Table to save", "Examples (as filtered)");
  await page.getByRole("button", { name: "Save CSV" }).click();
  await answerLines(opened, evaluated);
  const saved = (await posted()).findLast(({ type }) => type === "save") as { name: string; data: string };
  assert.equal(saved.name, "evaluation-sentiment-examples.csv");
  assert.match(
    saved.data,
    /^example,adaptation,label,prediction,right,loss,confidence,text\n\d+,\/masks\/one\/one\.mask\.safetensors,negative,positive,0,/,
  );
  await tab(opened, "Calibration");
  await page.getByRole("button", { name: "Save SVG" }).click();
  await page.waitForFunction(() =>
    (window as unknown as { posted: { name?: string }[] }).posted.some(({ name }) => name?.endsWith(".svg")),
  );
  const svg = (await posted()).at(-1) as { data: string };
  assert.match(svg.data, /Reliability of one/);
  assert.match(svg.data, /Task sentiment, test split, 40 examples\./);
  nothingWrong(opened);
  await page.close();
});

test("after a reload the page offers to evaluate again, and another split is evaluated on request", async () => {
  const opened = await pages.open("evaluation", { state: { split: "validation" } });
  const { page, posted, send } = opened;
  await send({ type: "unevaluated", names: ["one", "two"] });
  await page
    .getByText("one, two: the numbers were not kept when the window reloaded. Evaluate again on the validation split.")
    .waitFor();
  assert.deepEqual(await axe(opened), []);
  await page.getByRole("button", { name: "Evaluate Again" }).click();
  assert.deepEqual((await posted()).at(-1), { type: "evaluate", split: "validation" });
  await send({ type: "evaluating" });
  await page.getByRole("button", { name: "Evaluating…" }).waitFor();
  await send({ type: "failed", message: "one.mask.safetensors: the task has 3 labels" });
  await page.getByText("the task has 3 labels").waitFor();
  await showEvaluation(opened);
  assert.equal(await page.getByText("the task has 3 labels").count(), 0);
  await choose(opened, "Split", "Validation split");
  assert.deepEqual((await posted()).at(-1), { type: "evaluate", split: "validation" });
  nothingWrong(opened);
  await page.close();
});

for (const [kind, labels] of [
  ["tagging", ["O", "B-PER", "I-PER"]],
  ["document", ["background", "methods", "results"]],
  ["choice", ["0", "1", "2", "3"]],
  ["pair", ["no", "yes"]],
] as const)
  test(`the examples of a ${kind} task show their parts, and what is not defined for it is said`, async () => {
    const opened = await pages.open("evaluation");
    const evaluated = await showEvaluation(opened, evaluationOf({ kind, labels, count: 24 }));
    const { page } = opened;
    const main = page.locator("main");
    if (kind === "tagging")
      await page.getByText(/^McNemar's test is for the accuracy of examples with one label each/).waitFor();
    await tab(opened, "Labels");
    await page.getByRole("grid", { name: "Confusion matrix" }).waitFor();
    if (kind === "tagging") assert.match(await main.innerText(), /no prediction/);
    if (kind === "choice") await page.getByText(/^The labels of a choice task are positions\./).waitFor();
    await tab(opened, "Calibration");
    await page.getByRole("img", { name: "Reliability diagram" }).waitFor();
    await tab(opened, "Examples");
    await answerLines(opened, evaluated);
    await rowsOf(opened).nth(3).click();
    await answerLines(opened, evaluated);
    await page.locator(".example h2").waitFor();
    await picture(opened, `evaluation-${kind}`);
    const text = await page.locator(".example").innerText();
    if (kind === "pair") {
      await page.getByRole("button", { name: "Open in Try Text" }).click();
      assert.match(((await opened.posted()).at(-1) as { text: string }).text, /^Text number \d+\tsecond \d+$/);
    } else
      assert.match(text, /Try Text takes single texts and pairs of texts, so this example cannot be opened there\./);
    if (kind === "choice") assert.match(text, /ending 0\s+ending 1\s+ending 2\s+ending 3/);
    if (kind === "tagging" || kind === "document") assert.match(text, /[✓✗] /);
    assert.deepEqual(await axe(opened), []);
    nothingWrong(opened);
    await page.close();
  });

test("words without a prediction do not make an example wrong where the task leaves them out", async () => {
  for (const unscored of ["wrong", "leave-out"] as const) {
    const opened = await pages.open("evaluation", { state: { tab: "examples", right: "right" } });
    const evaluated = evaluationOf({ kind: "tagging", labels: ["O", "B"], count: 31, unscored });
    await showEvaluation(opened, evaluated);
    const { starts, targets, predictions } = evaluated.views[0]!.examples;
    const right = [...Array(31).keys()].filter((example) =>
      [...targets.keys()]
        .slice(starts[example], starts[example + 1])
        .every((unit) => predictions[unit] === targets[unit] || (unscored === "leave-out" && predictions[unit] === -1)),
    );
    assert.equal(await status(opened).textContent(), `${right.length} of 31 examples`);
    await opened.page.close();
  }
});

test("adaptations of several tasks are shown task by task", async () => {
  const opened = await pages.open("evaluation");
  const [a, b] = [
    evaluationOf({ names: ["a"] }),
    evaluationOf({ names: ["b"], task: "topic", labels: ["x", "y", "z"] }),
  ];
  const message = a.message as { views: unknown[] };
  await opened.send({ ...message, views: [...message.views, ...(b.message as { views: unknown[] }).views] });
  const sentence = opened.page.locator(".sentence");
  assert.match((await sentence.textContent())!, /^a on the test split of the task sentiment/);
  await choose(opened, "Task", "Task: topic");
  await drawn(opened);
  assert.match((await sentence.textContent())!, /^b on the test split of the task topic/);
  await opened.page.close();
});

test("100,000 examples are listed, filtered and scrolled without a freeze", async () => {
  const opened = await pages.open("evaluation");
  const { views, message } = evaluationOf();
  const { page } = opened;
  await page.evaluate(
    ({ message, count }) => {
      const list = <T>(make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i));
      const numbers = {
        starts: Uint32Array.from({ length: count + 1 }, (_, i) => i),
        targets: Int32Array.from(list((i) => i % 2)),
        predictions: Int32Array.from(list((i) => (i % 5 ? i % 2 : 1 - (i % 2)))),
        losses: Float32Array.from(list((i) => (i * 7919) % count)),
        confidences: Float32Array.from(list((i) => (i % 100) / 100)),
      };
      const { views } = message as { views: object[] };
      window.postMessage({ ...message, views: views.map((view) => ({ ...view, examples: numbers })) });
    },
    { message: { ...message, views: views.map(({ examples: _, ...view }) => view) }, count: 100_000 },
  );
  await tab(opened, "Examples");
  await drawn(opened);
  assert.equal(await status(opened).textContent(), "100,000 of 100,000 examples");
  assert.ok((await rowsOf(opened).count()) < 60);
  await choose(opened, "Right or wrong", "Only wrong");
  await drawn(opened);
  assert.equal(await status(opened).textContent(), "20,000 of 100,000 examples");
  await list(opened).focus();
  await page.keyboard.press("End");
  await drawn(opened);
  assert.equal(await list(opened).getAttribute("aria-rowcount"), "20001");
  assert.equal(await rowsOf(opened).last().getAttribute("aria-rowindex"), "20001");
  const asked = (await opened.posted()).filter(({ type }) => type === "lines") as { examples: number[] }[];
  assert.ok(asked.flatMap(({ examples }) => examples).length < 300, "only texts in view are asked for");
  nothingWrong(opened);
  await page.close();
});
