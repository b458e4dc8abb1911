// A page's end of the channel to the extension host, its texts, and its remembered state.

import type { FromPage } from "../../src/messages.ts";
import { Store, useStore } from "./store.ts";

interface VsCodeApi {
  postMessage(message: FromPage): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

const api = acquireVsCodeApi();

export const post = (message: FromPage): void => api.postMessage(message);

/** Calls back for each message from the host, and reports to it that the page is ready. */
export function listen<M extends { readonly type: string }>(on: (message: M) => void): void {
  window.addEventListener("message", ({ data }) => {
    if (typeof data === "object" && data !== null && typeof data.type === "string") on(data as M);
  });
  post({ type: "ready" });
}

/** State that lives as long as the page's tab, across reloads and while it is hidden. */
export function remembered<S extends object>(initial: S): S {
  const state = api.getState();
  return { ...initial, ...(typeof state === "object" ? state : {}) };
}

/** A page's persistent state: each change is saved and then drawn. */
export interface PageState<S> {
  readonly state: S;
  change(next: Partial<S>): void;
  /** Sets the function that draws the page. */
  drawnBy(draw: () => void): void;
}

export function pageState<S extends object>(initial: S): PageState<S> {
  const state = remembered(initial);
  let draw = () => {};
  return {
    state,
    change(next) {
      Object.assign(state, next);
      remember(state);
      draw();
    },
    drawnBy(given) {
      draw = given;
    },
  };
}

/** The page's subject, which the editor needs to restore it after a reload; saved with the state. */
const subject: object = JSON.parse(document.body.dataset.subject ?? "{}");

/** State of single parts of the page by name; saved with the page's state. */
const parts = new Store<Record<string, unknown>>(
  remembered<{ parts: object }>({ parts: {} }).parts as Record<string, unknown>,
);
let last = {};

export function remember(state: object): void {
  last = state;
  api.setState({ ...state, ...subject, parts: parts.state });
}

/** A store that is saved as long as the page's tab lives, across reloads and while it is hidden; one a page. */
export function savedStore<S extends object>(initial: S): Store<S> {
  const store = new Store(remembered(initial));
  store.watch(remember);
  return store;
}

export const recall = <T>(part: string): T | undefined => parts.state[part] as T | undefined;

export function keep(part: string, fact: unknown): void {
  parts.change({ [part]: fact });
  remember(last);
}

/** A component's own state, saved under its name; components that give the same name share it. */
export function usePart<T>(part: string, initial: T): readonly [T, (next: T) => void] {
  return [useStore(parts, () => recall<T>(part)) ?? initial, (next) => keep(part, next)];
}

remember(remembered({}));

const texts: Readonly<Record<string, string>> = JSON.parse(document.body.dataset.texts ?? "{}");

/** A text in the editor's language, with {0}, {1} … replaced by the values; a placeholder without a value stays. */
export function t(message: string, ...values: readonly (string | number)[]): string {
  return ((Object.hasOwn(texts, message) ? texts[message] : undefined) ?? message).replace(
    /\{(\d)\}/g,
    (placeholder, i) => String(values[Number(i)] ?? placeholder),
  );
}
