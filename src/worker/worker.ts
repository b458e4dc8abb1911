// The compute process: wires the answers to the channel. `node worker.js`, started by WorkerClient.

import { answers } from "./answers.ts";
import { serve } from "./serve.ts";
import { startWatchdog } from "./watchdog.ts";

startWatchdog(process.ppid);
serve(answers);
