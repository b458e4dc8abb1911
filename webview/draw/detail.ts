// The detail line: the numbers of the item under the pointer or focus, or of the pinned one.

import { el, setText } from "../ui/dom.ts";
import { t } from "../ui/host.ts";

export class Detail {
  readonly element: HTMLElement;
  #locked: HTMLElement | undefined;

  /** `live`: announced by screen readers on change, for items without a label of their own. */
  constructor(hint: string, live = false) {
    this.element = el("div", { className: "detail hint", ...(live && { aria: { live: "polite" } }) }, hint);
  }

  /** Shows a text unless an item is pinned. */
  say(text: string): void {
    if (!this.#locked) setText(this.element, text);
  }

  /** Pins an element and its text, or unpins it if it is pinned already. */
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

  /** Shows whether the text is pinned. */
  hold(isLocked: boolean): void {
    if (isLocked) this.element.dataset.locked = t("pinned; Esc clears it");
    else delete this.element.dataset.locked;
  }
}
