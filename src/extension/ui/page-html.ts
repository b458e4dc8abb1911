// The HTML of a page: only its script and style, under a content security policy that blocks everything else. Both are inlined,
// because each file that a page loads separately goes through the editor's window and delays the first paint.

export interface PageSource {
  readonly script: string;
  readonly style: string;
  /** New for each page: only scripts and styles with this nonce are applied. */
  readonly nonce: string;
  readonly language: string;
  /** Translations by original text. */
  readonly texts: Readonly<Record<string, unknown>>;
  /** What the page shows; the page saves this in its state so that the editor can restore the page after a reload. */
  readonly subject: object;
  /** The colours last chosen for saved figures. */
  readonly figures: string;
}

export function pageHtml({ script, style, nonce, language, texts, subject, figures }: PageSource): string {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "img-src blob: data:", // pages save pictures of themselves
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="${escaped(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style nonce="${nonce}">${style}</style>
<title>MaskLens</title>
</head>
<body data-texts="${escaped(JSON.stringify(texts))}" data-subject="${escaped(JSON.stringify(subject))}" data-figures="${escaped(figures)}">
<main id="page"></main>
<script nonce="${nonce}">${script}</script>
</body>
</html>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}
