// A thread of the extension host that reads, plans and runs studies: planning reads models and data, and each cell is
// trained in a compute process that this thread starts. This file connects the request handlers to the channel, and is
// built as a separate bundle.

import { parentPort, workerData } from "node:worker_threads";
import { Answerer, threadPort } from "../../../worker/channel.ts";
import { answersOf } from "./answers.ts";
import type { StudyRequests, ThreadData } from "./requests.ts";

new Answerer<StudyRequests>(threadPort(parentPort!), answersOf(workerData as ThreadData));
