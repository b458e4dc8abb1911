// The data thread's request handlers.

import { stat } from "node:fs/promises";
import { vocabularyOf } from "../../../data/attributes/values.ts";
import { readDescription } from "../../../data/description.ts";
import type { SentenceExample } from "../../../data/examples.ts";
import { readTask, type Task } from "../../../data/task.ts";
import { attributeFacts } from "../../../mask/beside/added.ts";
import type { Answers } from "../../../worker/channel.ts";
import { detect } from "../detect.ts";
import type { DataRequests } from "./requests.ts";

/** Data larger than this is not read just for an estimate or a view. */
const MOST_BYTES = 4_000_000;

export const answers: Answers<DataRequests> = {
  detect: ({ file }) => detect(file),

  examples: async ({ task }) => (await smallTask(task))?.splits.train.length ?? null,

  async attributes({ task: file }) {
    const task = await smallTask(file);
    return task && attributeFacts(vocabularyOf(task.attributes, task.splits.train as readonly SentenceExample[], file));
  },
};

/** The task; null if it has too much data. */
async function smallTask(file: string): Promise<Task | null> {
  const { files } = (await readDescription(file)).description;
  const sizes = await Promise.all(Object.values(files).map(async (data) => (await stat(data)).size));
  return sizes.reduce((sum, size) => sum + size, 0) > MOST_BYTES ? null : readTask(file);
}
