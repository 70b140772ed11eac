import type { Typeset } from './typeset.js';

/** Controls, direction overrides and noncharacters: XML forbids most, and the others disturb the text after them. */
const UNPRINTABLE = /(?![\t\n])[\p{Cc}\p{Noncharacter_Code_Point}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;
const SAFE_LINK = /^(?:https?:\/\/|mailto:)[^\s<>"'\\`{}|^]+$/i;
/** What an image does not need: scripts, foreign content, entities and anything to load. */
const UNSAFE_SVG =
  /<!(?:DOCTYPE|ENTITY)|<\?|<(?:\w+:)?(?:script|foreignObject|image|style|use|iframe|a)\b|\bhref\s*=|\bon\w+\s*=|url\((?!\s*['"]?#)/i;

/** The same document with text that every format can hold, safe links, and without figures that may not be safe. */
export function cleaned(document: Typeset): Typeset {
  const blocks = document.blocks.map((block) => {
    if (block.kind !== 'figure') return clean(block);
    const { svg, ...described } = block;
    return { ...clean(described), svg: isSafeSvg(svg) ? svg : '' };
  });
  return { ...clean({ ...document, blocks: [] }), blocks };
}

function clean<Value>(value: Value): Value {
  if (typeof value === 'string') return cleanText(value) as Value;
  if (Array.isArray(value)) return value.map(clean) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key, inner]) => inner !== undefined && (key !== 'link' || SAFE_LINK.test(String(inner))),
  );
  return Object.fromEntries(entries.map(([key, inner]) => [key, clean<unknown>(inner)])) as Value;
}

const cleanText = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(UNPRINTABLE, '');

const isSafeSvg = (svg: string): boolean =>
  /^\s*<svg[\s>]/.test(svg) && !UNSAFE_SVG.test(svg) && svg.isWellFormed() && svg === svg.replace(UNPRINTABLE, '');
