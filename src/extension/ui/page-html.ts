// The HTML of a page: its script and style alone, under a content security policy that lets nothing else in. Both are part of
// it: each file that a page asks for by itself comes through the editor's window, and delays its first picture.

export interface PageSource {
  readonly script: string;
  readonly style: string;
  /** New for each page: only what carries it runs, or gives style. */
  readonly nonce: string;
  readonly language: string;
  /** The translated texts by the original ones. */
  readonly texts: Readonly<Record<string, unknown>>;
  /** What the page shows: it keeps this among what it remembers, so that the editor can show it again after a reload. */
  readonly subject: object;
}

export function pageHtml({ script, style, nonce, language, texts, subject }: PageSource): string {
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
<body data-texts="${escaped(JSON.stringify(texts))}" data-subject="${escaped(JSON.stringify(subject))}">
<main id="page"></main>
<script nonce="${nonce}">${script}</script>
</body>
</html>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}
