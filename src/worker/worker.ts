// The compute process: wires the answers to the channel. `node worker.js`, started by WorkerClient.

import { answers } from "./answers.ts";
import { serve } from "./serve.ts";
import { startWatchdog } from "./watchdog.ts";

/** A step of the largest models takes some seconds, and a checkpoint of them as many. In milliseconds. */
const GRACE = 60_000;

startWatchdog(process.ppid, GRACE);
serve(answers);
