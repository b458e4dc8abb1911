// The compute process: connects the request handlers to the channel. Started by WorkerClient as `node worker.js`.

import { serve } from "./serve.ts";
import { startWatchdog } from "./watchdog.ts";

/**
 * Time to live after the parent's death, in milliseconds. A run of a small model saves its checkpoint in that time; a
 * larger one resumes from its last checkpoint. (A parent that closes the process on purpose waits for it; see
 * `WorkerClient.close`.)
 */
const GRACE = 200;

startWatchdog(GRACE);
// Load the handlers after starting the watchdog; requests wait in the channel.
const { answers } = await import("./answers.ts");
serve(answers);
