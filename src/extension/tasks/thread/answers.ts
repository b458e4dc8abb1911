// The data thread's request handlers.

import { stat } from "node:fs/promises";
import { readDescription } from "../../../data/description.ts";
import { readTask } from "../../../data/task.ts";
import type { Answers } from "../../../worker/channel.ts";
import { detect } from "../detect.ts";
import type { DataRequests } from "./requests.ts";

/** Data larger than this is not read just for an estimate. */
const MOST_BYTES = 4_000_000;

export const answers: Answers<DataRequests> = {
  detect: ({ file }) => detect(file),

  async examples({ task }) {
    const { files } = (await readDescription(task)).description;
    const sizes = await Promise.all(Object.values(files).map(async (file) => (await stat(file)).size));
    if (sizes.reduce((sum, size) => sum + size, 0) > MOST_BYTES) return null;
    return (await readTask(task)).splits.train.length;
  },
};
