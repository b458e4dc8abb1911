// A page's end of the channel to the extension host, and its saved state.

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

/** The page's saved state; properties missing from it are taken from `initial`. */
function remembered<S extends object>(initial: S): S {
  const state = api.getState();
  return { ...initial, ...(typeof state === "object" ? state : {}) };
}

/** The page's subject, which the editor needs to restore the page after a reload; saved with the state. */
const subject: object = JSON.parse(document.body.dataset.subject ?? "{}");

/** State of individual parts of the page by name; saved with the page's state. */
const parts = new Store<Record<string, unknown>>(remembered({ parts: {} }).parts);
parts.watch(() => remember(last));
let last: object = remembered({});

function remember(state: object): void {
  last = state;
  api.setState({ ...state, ...subject, parts: parts.state });
}

remember(last);

/** A store that is kept until the page's tab is closed, even while the tab is hidden and across reloads; one per page. */
export function savedStore<S extends object>(initial: S): Store<S> {
  const store = new Store(remembered(initial));
  store.watch(remember);
  return store;
}

/** A component's own state, saved under its name; components with the same name share it. */
export function usePart<T>(part: string, initial: T): readonly [T, (next: T) => void] {
  const kept = useStore(parts, (all) => all[part] as T | undefined);
  return [kept ?? initial, (next) => parts.change({ [part]: next })];
}
