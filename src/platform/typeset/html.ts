import { escapeMarkup } from '../text/index.js';
import type { Block, Inline, Typeset } from './typeset.js';

const STYLE = `
:root { color-scheme: light dark; --text: #1c1e21; --quiet: #5a6068; --line: #d5d9de; --back: #fff; --link: #0b57a4; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e4e6e9; --quiet: #a2a9b2; --line: #3b4148; --back: #16181b; --link: #8ab8f2; }
}
body { margin: 0; background: var(--back); color: var(--text); font: 1.0625rem/1.6 Georgia, 'Times New Roman', serif; }
main { max-width: 44rem; margin: 0 auto; padding: 3rem 1.25rem 5rem; overflow-wrap: anywhere; }
h1, h2, h3, h4, table, figcaption, caption, .about { font-family: system-ui, 'Segoe UI', sans-serif; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 0.5rem; }
h2 { font-size: 1.375rem; margin: 2.5rem 0 0.75rem; }
h3 { font-size: 1.125rem; margin: 1.75rem 0 0.5rem; }
h4 { font-size: 1rem; margin: 1.5rem 0 0.5rem; }
a { color: var(--link); }
.about, figcaption, caption, footer { color: var(--quiet); }
.about { margin: 0 0 0.25rem; font-size: 0.9375rem; }
blockquote { margin: 1rem 0; padding: 0.125rem 0 0.125rem 1rem; border-left: 3px solid var(--line); }
blockquote p { margin: 0.25rem 0; }
blockquote footer { font-size: 0.875rem; }
figure { margin: 1.75rem 0; }
figure img { max-width: 100%; height: auto; background: #fff; border-radius: 4px; }
figcaption, caption { font-size: 0.875rem; text-align: left; padding: 0.375rem 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.875rem; }
th, td { padding: 0.375rem 0.625rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
.right { text-align: right; font-variant-numeric: tabular-nums; }
pre { padding: 0.875rem; border: 1px solid var(--line); border-radius: 4px; overflow-x: auto; white-space: pre-wrap; }
code, pre { font: 0.875rem/1.5 ui-monospace, Consolas, monospace; }
sup { line-height: 0; font-size: 0.75em; }
li { margin: 0.25rem 0; }
@media print { main { max-width: none; padding: 0; } h2, h3 { break-after: avoid; } figure, tr { break-inside: avoid; } }
`;

/** A page that needs no other file and contains no script. Everything of the document is escaped. */
export function htmlOf({ title, subtitle, authors = [], date, language, blocks }: Typeset): string {
  const about = [authors.join(', '), date ?? ''].filter((text) => text !== '').join(' · ');
  let figures = 0;
  const body = blocks.map((block) => blockOf(block, block.kind === 'figure' ? (figures += 1) : 0));
  return `<!doctype html>
<html lang="${escapeMarkup(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${escapeMarkup(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeMarkup(title)}</h1>
${[subtitle, about].map((text) => (text ? `<p class="about">${escapeMarkup(text)}</p>\n` : '')).join('')}${body.join('\n')}
</main>
</body>
</html>
`;
}

function blockOf(block: Block, figure: number): string {
  switch (block.kind) {
    case 'heading':
      return `<h${block.level + 1}>${escapeMarkup(block.text)}</h${block.level + 1}>`;
    case 'paragraph':
      return `<p>${inlinesOf(block.inlines)}</p>`;
    case 'quote': {
      const source = block.source ? `<footer>— ${escapeMarkup(block.source)}</footer>` : '';
      return `<blockquote><p>${inlinesOf(block.inlines)}</p>${source}</blockquote>`;
    }
    case 'list': {
      const items = block.items.map((item) => `<li>${inlinesOf(item)}</li>`).join('');
      return block.ordered ? `<ol>${items}</ol>` : `<ul>${items}</ul>`;
    }
    case 'references':
      return `<ol>${block.items.map((item, index) => `<li id="reference-${index + 1}">${inlinesOf(item)}</li>`).join('')}</ol>`;
    case 'table':
      return tableOf(block);
    case 'figure':
      return `<figure>${imageOf(block)}<figcaption>Figure ${figure}. ${escapeMarkup(block.caption)}</figcaption></figure>`;
    case 'code':
      return `<pre><code>${escapeMarkup(block.text)}</code></pre>`;
    default:
      return block satisfies never;
  }
}

/** As an image, an SVG runs no scripts and loads nothing. */
function imageOf({ svg, alt }: Extract<Block, { kind: 'figure' }>): string {
  if (svg === '') return `<p>${escapeMarkup(alt)}</p>`;
  return `<img alt="${escapeMarkup(alt)}" src="data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}">`;
}

function tableOf({ caption, columns, rows }: Extract<Block, { kind: 'table' }>): string {
  const attributes = columns.map(({ align }) => (align === 'right' ? ' class="right"' : ''));
  const head = columns.map(({ title }, at) => `<th scope="col"${attributes[at]}>${escapeMarkup(title)}</th>`).join('');
  const body = rows.map(
    (cells) => `<tr>${cells.map((cell, at) => `<td${attributes[at] ?? ''}>${escapeMarkup(cell)}</td>`).join('')}</tr>`,
  );
  const title = caption ? `<caption>${escapeMarkup(caption)}</caption>` : '';
  return `<div class="wide"><table>${title}<thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

const inlinesOf = (inlines: Inline[]): string => inlines.map(inlineOf).join('');

function inlineOf({ text, bold, italic, code, note, link }: Inline): string {
  let shown = escapeMarkup(text);
  if (code) shown = `<code>${shown}</code>`;
  if (italic) shown = `<em>${shown}</em>`;
  if (bold) shown = `<strong>${shown}</strong>`;
  if (link) shown = `<a href="${escapeMarkup(link)}" rel="noopener noreferrer">${shown}</a>`;
  return note === undefined ? shown : `${shown}<sup><a href="#reference-${note}">[${note}]</a></sup>`;
}
