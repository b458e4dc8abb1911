// The editor's theme, which the editor sets as class names of the body.

import { Store, useStore } from "./store.ts";

const theme = new Store({ name: document.body.className });

new MutationObserver(() => theme.change({ name: document.body.className })).observe(document.body, {
  ...{ attributes: true, attributeFilter: ["class"] },
});

/** For components that compute colours: redraws them when the theme changes. Returns the theme, for effects to depend on. */
export const useTheme = (): string => useStore(theme, ({ name }) => name);
