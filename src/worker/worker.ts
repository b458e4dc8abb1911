// The compute process: wires the answers to the channel. `node worker.js`, started by WorkerClient.

import { serve } from "./serve.ts";
import { startWatchdog } from "./watchdog.ts";

/**
 * After the parent died, in milliseconds. A run of a small model still saves its checkpoint in that time; a larger one is
 * resumed from its last. (A parent that closes the process on purpose waits for it, see `WorkerClient.close`.)
 */
const GRACE = 200;

startWatchdog(GRACE);
// What computes is loaded under the watchdog's eyes; requests wait for it in the channel.
const { answers } = await import("./answers.ts");
serve(answers);
