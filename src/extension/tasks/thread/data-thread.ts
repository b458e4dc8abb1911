// A thread of the extension host that reads data files, so that their readers neither block the editor nor are loaded when the
// extension is activated. This file connects the request handlers to the channel, and is built as a separate bundle.

import { parentPort } from "node:worker_threads";
import { Answerer, threadPort } from "../../../worker/channel.ts";
import { answers } from "./answers.ts";
import type { DataRequests } from "./requests.ts";

new Answerer<DataRequests>(threadPort(parentPort!), answers);
