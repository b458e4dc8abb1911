// The part of VS Code's API that tests outside the editor need: the language, and messages, which must be in the bundle.

import bundle from "../../l10n/bundle.l10n.json" with { type: "json" };

export const env = { language: "en" };

export const l10n = {
  t(message: string, ...values: readonly (string | number)[]): string {
    if (!Object.hasOwn(bundle, message)) throw new Error(`"${message}" is not in l10n/bundle.l10n.json`);
    return message.replace(/\{(\d)\}/g, (_, i) => String(values[Number(i)]));
  },
};
