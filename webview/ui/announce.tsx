// Short messages about what the user has just done: shown for a moment, and read out by screen readers.

import { post } from "./host.ts";
import { Store, useStore } from "./store.ts";

/** How long a message is visible, in milliseconds. */
const SEEN = 3000;

const said = new Store({ text: "", isSeen: false });
let timer: number | undefined;

export function announce(text: string): void {
  window.clearTimeout(timer);
  said.change({ text, isSeen: true });
  timer = window.setTimeout(() => said.change({ isSeen: false }), SEEN);
}

/** Copies a text to the clipboard and announces `message`. */
export function copyText(text: string, message: string): void {
  post({ type: "copy", text });
  announce(message);
}

/** Displays the messages; used once per page. */
export function Announcements() {
  const { text, isSeen } = useStore(said, (state) => state);
  return (
    <div class={isSeen ? "announcement" : "visually-hidden"} role="status">
      {text}
    </div>
  );
}
