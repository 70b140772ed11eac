import { lineEnd } from '../../platform/text/index.js';

/** Keys whose values are sentences. */
const DESCRIBING = new Set(['abstract', 'description', 'excerpt', 'summary', 'subtitle', 'title']);
const KEY = /^(["']?)([\p{L}_][\p{L}\p{N} _.-]{0,60})\1:(?:\s+(.*))?$/u;
const STATEMENT = /\S+\s+\S+\s+\S+.*[.!?]["']?$/;

/**
 * Index after YAML front matter, 0 if there is none: a leading block between rules that contains only keys with values.
 * Blank lines, headings or sentences between two rules are text.
 */
export function frontMatterEnd(content: string): number {
  const start = content.startsWith('\uFEFF') ? 1 : 0;
  let at = lineEnd(content, start);
  if (content.slice(start, at).trim() !== '---') return 0;
  let hasKey = false;
  while (at < content.length) {
    const next = lineEnd(content, at);
    const line = content.slice(at, next).trimEnd();
    if (/^(?:---|\.\.\.)$/.test(line)) return next;
    const [, , key = '', value = ''] = KEY.exec(line) ?? [];
    const isPair = key !== '' && (DESCRIBING.has(key.toLowerCase()) || !STATEMENT.test(value));
    const continues = hasKey && /^(?:[ \t]+\S|- )/.test(line);
    if (!isPair && !continues) return 0;
    hasKey = true;
    at = next;
  }
  return 0;
}
