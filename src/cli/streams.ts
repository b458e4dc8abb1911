// The standard streams of the command line, which others may close or fill up while it works.

import { fstatSync, writeSync } from "node:fs";
import type { Stream, Terminal } from "./terminal.ts";

/**
 * The process's own streams. Whoever reads progress may leave (`2>&1 | head`): what is written then is lost, and work
 * goes on. A reader of results that has seen enough is no error. A place for results that cannot take them is one: a
 * sentence on standard error, and exit code 1.
 */
export function standardStreams(): Terminal {
  process.stderr.on("error", () => undefined);
  process.stdout.on("error", endOfOutput);
  return { out: resultStream(), err: process.stderr, input: process.stdin };
}

/** Node writes into files once and believes that all arrived; a disk that is nearly full takes a part. */
function resultStream(): Stream {
  if (!isFile(1)) return process.stdout;
  return {
    write(text: string) {
      const bytes = Buffer.from(text);
      try {
        for (let done = 0; done < bytes.length; ) done += writeSync(1, bytes, done);
      } catch (error) {
        endOfOutput(error as NodeJS.ErrnoException);
      }
    },
  };
}

function isFile(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFile();
  } catch {
    return false;
  }
}

/** Results are written last, so nothing that a command does in files is lost with them. */
function endOfOutput({ code, message }: NodeJS.ErrnoException): never {
  if (code === "EPIPE") process.exit(0);
  const why = code === "ENOSPC" || code === "EDQUOT" ? "the disk is full" : (code ?? message);
  process.stderr.write(
    `masklens: standard output cannot be written (${why}); files that the command wrote are complete, so free some space and print the results again.\n`,
  );
  process.exit(1);
}
