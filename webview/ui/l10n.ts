// A page's texts in the editor's language, with the interface of vscode.l10n. Import it as `l10n`: l10n/collect.mjs expects that.

const texts: Readonly<Record<string, string>> = JSON.parse(document.body.dataset.texts ?? "{}");

/**
 * The translation of `message`, or the message itself, with {0}, {1} … replaced by the values; a placeholder without a value
 * is left as it is. The message must be a literal so that it can be collected for translation.
 */
export function t(message: string, ...values: readonly (string | number)[]): string {
  return ((Object.hasOwn(texts, message) ? texts[message] : undefined) ?? message).replace(
    /\{(\d)\}/g,
    (placeholder, i) => String(values[Number(i)] ?? placeholder),
  );
}
