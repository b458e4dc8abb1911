// The HTML of a page: its script and style alone, under a content security policy that lets nothing else in.

export interface PageSource {
  /** A bundle of dist/webview. */
  readonly name: string;
  /** New for each page: only the script that carries it runs. */
  readonly nonce: string;
  /** From where styles, fonts and pictures may come. */
  readonly cspSource: string;
  readonly language: string;
  /** The translated texts by the original ones. */
  readonly texts: Readonly<Record<string, unknown>>;
  /** What the page shows: it keeps this among what it remembers, so that the editor can show it again after a reload. */
  readonly subject: object;
  /** Where a file of dist/webview is reached. */
  readonly uri: (file: string) => string;
}

export function pageHtml({ name, nonce, cspSource, language, texts, subject, uri }: PageSource): string {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource}`,
    `font-src ${cspSource}`,
    `img-src ${cspSource} blob: data:`,
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="${escaped(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${uri("theme.css")}">
<title>MaskLens</title>
</head>
<body data-texts="${escaped(JSON.stringify(texts))}" data-subject="${escaped(JSON.stringify(subject))}">
<main id="page"></main>
<script nonce="${nonce}" src="${uri(`${name}.js`)}"></script>
</body>
</html>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}
