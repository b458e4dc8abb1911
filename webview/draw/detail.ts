// The line that tells the numbers of what is under the pointer or the focus, and keeps those of what is locked.

import { el, setText } from "../ui/dom.ts";
import { t } from "../ui/host.ts";

export class Detail {
  readonly element: HTMLElement;
  #locked: HTMLElement | undefined;

  /** `live`: read out as it changes, where what is told of does not carry its numbers itself. */
  constructor(hint: string, live = false) {
    this.element = el("div", { className: "detail hint", ...(live && { aria: { live: "polite" } }) }, hint);
  }

  /** Says something, unless another thing is locked. */
  say(text: string): void {
    if (!this.#locked) setText(this.element, text);
  }

  /** Locks what is said of an element, or lets go where it is locked already. */
  lock(element: HTMLElement, text: string): void {
    const again = this.#locked === element;
    this.release();
    this.say(text);
    if (again) return;
    this.#locked = element;
    this.hold(true);
    element.classList.add("locked");
    element.setAttribute("aria-selected", "true");
  }

  release(): void {
    this.#locked?.classList.remove("locked");
    this.#locked?.removeAttribute("aria-selected");
    this.#locked = undefined;
    this.hold(false);
  }

  /** Says whether what is told is locked. */
  hold(isLocked: boolean): void {
    if (isLocked) this.element.dataset.locked = t("pinned; Esc clears it");
    else delete this.element.dataset.locked;
  }
}
