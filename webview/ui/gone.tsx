// The note on a page whose files were moved or deleted, with a button that opens them at their new locations.

import type { Gone } from "../../src/messages.ts";
import { post } from "./host.ts";
import * as l10n from "./l10n.ts";
import { Store, useStore } from "./store.ts";
import { Button } from "./toolkit.tsx";

const gone = new Store<Gone>({ type: "gone", files: [], found: false });

/** Handles a message about moved or deleted files; returns false for any other message. */
export function hearGone(message: { readonly type: string }): boolean {
  if (message.type !== "gone") return false;
  gone.change(message as Gone);
  return true;
}

export function GoneNote() {
  const { files, found } = useStore(gone, (state) => state);
  if (!files.length) return null;
  return (
    <div class="warning gone" role="status">
      {files.map(({ file, place }) => (
        <div key={file}>
          {place === null ? l10n.t("{0} was moved or deleted.", file) : l10n.t("{0} was moved to {1}.", file, place)}
        </div>
      ))}
      {found && (
        <div class="row">
          <Button primary text={l10n.t("Open at New Location")} onClick={() => post({ type: "follow" })} />
        </div>
      )}
    </div>
  );
}
