// Outlines of runs from their logs. Logs are read one at a time, each only once unless it is written again, so that a
// hundred runs of thousands of steps do not block the extension host.

import { writtenOf } from "../../files.ts";
import { type Outline, outlineOf } from "../../train/outline.ts";
import { logOf, readEvents } from "../../train/run-folder.ts";

export class Outlines {
  readonly #known = new Map<string, { readonly written: string | undefined; readonly outline: Outline }>();
  #last: Promise<unknown> = Promise.resolve();

  of(folder: string): Promise<Outline> {
    const outline = this.#last.then(() => this.#read(folder));
    this.#last = outline.catch(() => undefined);
    return outline;
  }

  async #read(folder: string): Promise<Outline> {
    const written = await writtenOf(logOf(folder));
    const known = this.#known.get(folder);
    if (known && known.written === written) return known.outline;
    const outline = outlineOf(await readEvents(folder, "latest"));
    this.#known.set(folder, { written, outline });
    return outline;
  }
}
