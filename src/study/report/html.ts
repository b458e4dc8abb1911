// A report as one HTML page that needs nothing else: no script, no font, no network.

import type { Report, ReportSection, ReportTable } from "./document.ts";
import { escaped } from "./svg.ts";

const STYLE = `:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
h1{font-size:1.7rem}h2{font-size:1.25rem;margin-top:2.5rem}
.claim{border-left:4px solid #c26a12;padding-left:.8rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:.875rem}caption{text-align:left;padding:.4rem 0;font-weight:600}
th,td{text-align:right;padding:.2rem .7rem;border-bottom:1px solid #bbb;font-variant-numeric:tabular-nums}
th:first-child,td:first-child{text-align:left}tbody th{font-weight:400}
pre{overflow-x:auto}svg{max-width:100%;height:auto}
@media(prefers-color-scheme:dark){body{color:#e4e4e4;background:#1b1b1b}th,td{border-color:#555}}`;

/** The page; the same report gives the same bytes. */
export function reportHtml({ title, lead, sections }: Report): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>
${STYLE}
</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
${paragraphs(lead)}
${sections.map(sectionHtml).join("\n")}
</main>
</body>
</html>
`;
}

const paragraphs = (texts: readonly string[]) => texts.map((text) => `<p>${escaped(text)}</p>`).join("\n");

function sectionHtml({ id, title, claim, text, commands = [], table, figure }: ReportSection): string {
  const lines = commands.map(escaped).join("\n");
  return `<section aria-labelledby="${escaped(id)}">
<h2 id="${escaped(id)}">${escaped(title)}</h2>
${claim === null ? "" : `<p class="claim"><strong>The paper:</strong> ${escaped(claim)}</p>\n`}${paragraphs(text)}
${lines && `<pre tabindex="0"><code>${lines}</code></pre>\n`}${figure ? `<div class="scroll" tabindex="0" role="group" aria-label="${escaped(figure.alt)}">${figure.svg}</div>\n` : ""}${table ? tableHtml(table) : ""}</section>`;
}

function tableHtml({ caption, header, rows }: ReportTable): string {
  const head = header.map((title) => (title ? `<th scope="col">${escaped(title)}</th>` : "<td></td>")).join("");
  const body = rows.map(([name = "", ...cells]) => {
    const others = cells.map((cell) => `<td>${escaped(cell)}</td>`).join("");
    return `<tr><th scope="row">${escaped(name)}</th>${others}</tr>`;
  });
  return `<div class="scroll" tabindex="0" role="group" aria-label="${escaped(caption)}">
<table>
<caption>${escaped(caption)}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body.join("\n")}
</tbody>
</table>
</div>
`;
}
