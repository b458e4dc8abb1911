// A thread of the extension host that reads and counts masks, so that recomputing an initial mask of 71 million weights does not
// block the editor. This file connects the request handlers to the channel, and is built as a separate bundle.

import { parentPort } from "node:worker_threads";
import { Answerer, threadPort } from "../../../worker/channel.ts";
import { answers } from "./answers.ts";
import type { MaskRequests } from "./requests.ts";

new Answerer<MaskRequests>(threadPort(parentPort!), answers);
