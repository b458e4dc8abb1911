// The standard streams of the command line, which may close or fill up at any time.

import { fstatSync, writeSync } from "node:fs";
import type { Stream, Terminal } from "./terminal.ts";

/**
 * The process's own streams. If the reader of progress closes its end (`2>&1 | head`), later output is lost and work
 * continues. If the reader of results closes its end, the command ends without an error. If results cannot be written for
 * another reason, the error is reported on standard error, and the exit code is 1.
 */
export function standardStreams(): Terminal {
  process.stderr.on("error", () => undefined);
  process.stdout.on("error", endOfOutput);
  return { out: resultStream(), err: process.stderr, input: process.stdin };
}

/** If standard output is a file, writes all bytes: Node ignores short writes, which occur when the disk is nearly full. */
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

/** Results are written last, so all files of the command are complete at this point. */
function endOfOutput({ code, message }: NodeJS.ErrnoException): never {
  if (code === "EPIPE") process.exit(0);
  const why = code === "ENOSPC" || code === "EDQUOT" ? "the disk is full" : (code ?? message);
  process.stderr.write(
    `masklens: standard output cannot be written (${why}); all files are complete, so free some space and print the results again.\n`,
  );
  process.exit(1);
}
