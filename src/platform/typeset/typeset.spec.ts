import { strFromU8, unzipSync } from 'fflate';
import { extractText, getDocumentProxy } from 'unpdf';
import { describe, expect, it } from 'vitest';
import { XmlDocument } from 'xmldoc';
import { cleaned } from './cleaned.js';
import writeDocx from './docx.thread.js';
import { htmlOf } from './html.js';
import { markdownOf } from './markdown.js';
import writePdf from './pdf.thread.js';
import type { Block, Typeset } from './typeset.js';

const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="80" viewBox="0 0 300 80"><rect width="200" height="30" fill="#0b57a4"/><text x="4" y="60" font-family="sans-serif" font-size="14">Größe αβγ Жук</text></svg>';

const withBlocks = (...blocks: Block[]): Typeset => ({ title: 'A title', language: 'en', blocks });

/** Every kind of block, with that text wherever text can be. */
const everywhere = (text: string, svg = SVG): Typeset => ({
  title: text,
  subtitle: text,
  authors: [text],
  date: text,
  language: 'en',
  blocks: [
    { kind: 'heading', level: 1, text },
    {
      kind: 'paragraph',
      inlines: [
        { text, bold: true, note: 1 },
        { text, italic: true, link: 'https://example.com/a?b=1&c=2' },
      ],
    },
    { kind: 'paragraph', inlines: [{ text, code: true, link: text }] },
    { kind: 'quote', inlines: [{ text }], source: text },
    { kind: 'list', ordered: true, items: [[{ text }], [{ text }]] },
    { kind: 'list', ordered: false, items: [[{ text }]] },
    {
      kind: 'table',
      caption: text,
      columns: [
        { title: text, align: 'left' },
        { title: text, align: 'right' },
      ],
      rows: [[text, text], [text]],
    },
    { kind: 'figure', svg, caption: text, alt: text },
    { kind: 'code', language: text, text },
    { kind: 'references', items: [[{ text }]] },
  ],
});

async function docxParts(document: Typeset): Promise<Record<string, XmlDocument>> {
  const files = unzipSync(await writeDocx(cleaned(document)));
  const xml = Object.entries(files).filter(([name]) => /\.(?:xml|rels)$/.test(name));
  return Object.fromEntries(
    xml.map(([name, bytes]) => [name, new XmlDocument(new TextDecoder('utf-8', { fatal: true }).decode(bytes))]),
  );
}

async function pdfText(document: Typeset): Promise<string> {
  const pdf = await getDocumentProxy(await writePdf(cleaned(document)));
  return (await extractText(pdf, { mergePages: true })).text;
}

function textsIn(node: XmlDocument): string {
  const texts: string[] = [];
  const visit = (element: { name: string; val: string; eachChild(callback: (child: never) => void): void }): void => {
    if (element.name === 'w:t') texts.push(element.val);
    element.eachChild(visit);
  };
  visit(node as never);
  return texts.join('');
}

const HOSTILE: Record<string, string> = {
  'control characters': 'a\0b\x01c\x08d\x0be\x1bf\x7fg\x85h\uffffi',
  'lone surrogates': 'a\ud800b\udc00c',
  'direction overrides': 'a\u202eb\u2066c\u200fd',
  'Hebrew and Arabic': 'שלום עולם مرحبا بالعالم',
  emoji: '👩‍👩‍👧‍👦 🇪🇺 ☃️',
  'a very long word': 'x'.repeat(5_000),
  'many line breaks': '\r\n\u2028\n\n'.repeat(200),
  Markdown: '# a\n> b\n- c\n1. d\n```\n[e](javascript:f) ![g](h) **i** _j_ | k | <l> \\',
  HTML: '</style></title><script>alert(1)</script><img src=x onerror=alert(2)>&lt;"\'',
  XML: ']]></w:t><!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]>&y;',
  'a link that runs': 'javascript:alert(1)',
  nothing: '',
  'white space': ' \t ',
};

describe('hostile text cannot break', () => {
  it.each(Object.entries(HOSTILE))('any of the four formats: %s', async (_what, text) => {
    const document = everywhere(text);
    const html = htmlOf(cleaned(document));
    expect(html.match(/<(?:script|img src=x|title)[ >]/g)).toEqual(['<title>']);
    expect(html).not.toMatch(/href="(?!https:\/\/example\.com|#reference-)/);
    expect(markdownOf(cleaned(document)).isWellFormed()).toBe(true);
    expect(Object.keys(await docxParts(document))).toContain('word/document.xml');
    await expect(pdfText(document)).resolves.toEqual(expect.any(String));
  });

  it('the text itself, which arrives in all of them', async () => {
    const document = withBlocks({ kind: 'paragraph', inlines: [{ text: 'Größe <5 & Ωμέγα, Жук' }] });
    const parts = await docxParts(document);
    expect(textsIn(parts['word/document.xml'] as XmlDocument)).toContain('Größe <5 & Ωμέγα, Жук');
    expect(await pdfText(document)).toContain('Größe <5 & Ωμέγα, Жук');
    expect(htmlOf(document)).toContain('<p>Größe &lt;5 &amp; Ωμέγα, Жук</p>');
    expect(markdownOf(document)).toContain('Größe \\<5 \\& Ωμέγα, Жук');
  });
});

describe('a figure', () => {
  const figure = (svg: string): Typeset => withBlocks({ kind: 'figure', svg, caption: 'Sales', alt: 'Sales grow.' });

  it('is drawn', async () => {
    expect(await pdfText(figure(SVG))).toContain('Größe αβγ Жук');
    expect(htmlOf(cleaned(figure(SVG)))).toContain(`base64,${Buffer.from(SVG).toString('base64')}`);
    const files = unzipSync(await writeDocx(cleaned(figure(SVG))));
    expect(Object.keys(files).filter((name) => name.endsWith('.svg'))).toHaveLength(1);
    // Without a rule, some programs take the height of a line as exact, and cut off pictures.
    expect(strFromU8(files['word/styles.xml'] as Uint8Array)).not.toMatch(/w:line="\d+"(?! w:lineRule="auto")/);
    // For programs that cannot draw it: twice as large, and not empty.
    const [picture] = Object.entries(files).flatMap(([name, bytes]) =>
      name.endsWith('.png') ? [Buffer.from(bytes)] : [],
    );
    expect(picture?.readUInt32BE(16)).toBe(600);
    expect(picture?.length).toBeGreaterThan(500);
  });

  it.each([
    '<svg xmlns="http://www.w3.org/2000/svg"><image href="/etc/passwd" width="9" height="9"/></svg>',
    '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    '<svg xmlns="http://www.w3.org/2000/svg"><rect fill="url(http://10.0.0.1/)"/></svg>',
    '<!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;</svg>',
    '<svg><not closed',
    'no svg',
    '',
  ])('that is not safe, or cannot be drawn, is replaced by its text: %s', async (svg) => {
    expect(await pdfText(figure(svg))).toContain('Sales grow.');
    expect(await docxParts(figure(svg))).toHaveProperty(['word/document.xml']);
  });
});

describe('Markdown', () => {
  it.each([
    ['# a', '\\# a'],
    ['1. a', '1\\. a'],
    ['- a', '\\- a'],
    ['2030-01-31', '2030-01-31'],
    ['+ a', '\\+ a'],
    ['a\n# b', 'a # b'],
    ['*a* _b_ `c` <d> [e](f)', '\\*a\\* \\_b\\_ \\`c\\` \\<d\\> \\[e\\](f)'],
  ])('keeps "%s" a paragraph', (text, expected) => {
    expect(markdownOf(withBlocks({ kind: 'paragraph', inlines: [{ text }] }))).toBe(`# A title\n\n${expected}\n`);
  });

  it('fences code that contains fences', () => {
    const code = 'a\n````\nb';
    expect(markdownOf(withBlocks({ kind: 'code', language: 'sql', text: code }))).toContain(
      `\`\`\`\`\`sql\n${code}\n\`\`\`\`\``,
    );
  });
});
