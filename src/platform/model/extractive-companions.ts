import type { Candidate } from './extractive-candidates.js';
import type { QuestionForm } from './extractive-quality.js';
import type { Asked } from './extractive-question.js';

/** A single quote with fewer UTF-16 units is completed by the next sentence. */
const SHORT_QUOTE = 200;
const SHORT_LEAD = 60;
/** Maximum UTF-16 units of code that illustrates a sentence. */
const MAX_CODE = 1_500;
/** An example is at most this many sentences or blocks after its sentence. */
const NEARBY = 5;
/** Maximum items of a list that a sentence introduces, and of one that the question asks for. */
const MAX_ITEMS = 12;
const MAX_ALL = 60;
/** Several short items in a row. */
const ENUMERATION =
  /\b(?:such as|like|including|for example) \S+,? (?:and|or) \S|`[^`]{1,60}`,? (?:and|or|&) `[^`]{1,60}`|\S, ?\S+(?: \S+){0,3},? (?:and|or|und|oder|et|ou|y|o) \S|\S, ?\S+(?: \S+){0,2}, ?\S/i;

/**
 * Adds to a chosen sentence what completes it: a row's header, the code or list that it introduces, or a whole list if
 * asked for.
 */
export function withCompanions(chosen: Candidate[], asked: Asked, form: QuestionForm): Candidate[] {
  const wantsCode = /\bhow\b|\bexample\b|\bcode\b|\bcan i\b/i.test(asked.question);
  const all = new Set<Candidate>();
  for (const candidate of chosen) {
    const { candidates } = candidate.of;
    if (candidate.under !== undefined) add(candidates[candidate.under]);
    all.add(candidate);
    if (asked.asksForAll && candidate === chosen[0]) for (const item of wholeList(candidate)) add(item);
    const introduces = /(?::|…|\.\.\.)$/.test(candidate.text);
    const following = candidates.slice(candidate.index + 1, candidate.index + 1 + NEARBY);
    const [next, second] = following;
    if (!next) continue;
    if (form.asksForCode && candidate.kind !== 'code') add(following.find(isShortCode));
    if (isShortCode(next) && (introduces || wantsCode)) add(next);
    if (introduces && (next.kind === 'list-item' || next.kind === 'table-row')) {
      for (const item of runFrom(candidates, next.index).slice(0, MAX_ITEMS)) add(item);
    }
    // One short quote alone reads abruptly: the next sentence of the same paragraph usually completes it.
    const limit = chosen.length === 1 ? SHORT_QUOTE : candidate.leads ? SHORT_LEAD : 0;
    const short = candidate.text.length < limit && !introduces && candidate.kind === 'sentence';
    if (short && next.kind === 'sentence' && next.quality > 0.4) {
      add(next);
      if (second && next.text.endsWith(':') && isShortCode(second)) add(second);
      if (second?.kind === 'list-item' && next.text.endsWith(':'))
        for (const item of runFrom(candidates, second.index).slice(0, MAX_ITEMS)) add(item);
    }
  }
  return [...all];

  function add(candidate: Candidate | undefined): void {
    if (candidate && !candidate.addressesModel) all.add(candidate);
  }
}

/** All items or rows of the list that a quote is in, introduces or labels. */
export function wholeList({ of: { candidates }, index, kind }: Candidate): Candidate[] {
  if (kind === 'list-item' || kind === 'table-row') {
    let first = index;
    while (candidates[first - 1]?.kind === kind) first--;
    return runFrom(candidates, first).slice(0, MAX_ALL);
  }
  const next = candidates.slice(index + 1, index + 3).find(isItem);
  return next ? runFrom(candidates, next.index).slice(0, MAX_ALL) : [];
}

/** Whether quotes enumerate something: as a list, as rows, or within a sentence. */
export function enumerates(quotes: Candidate[]): boolean {
  return (
    quotes.filter((quote) => isItem(quote) && !quote.role).length > 1 ||
    quotes.some(({ text }) => ENUMERATION.test(text))
  );
}

export const isItem = ({ kind }: Candidate): boolean => kind === 'list-item' || kind === 'table-row';

const isShortCode = ({ kind, text }: Candidate): boolean => kind === 'code' && text.length <= MAX_CODE;

function runFrom(candidates: Candidate[], first: number): Candidate[] {
  const kind = candidates[first]?.kind;
  const rest = candidates.slice(first);
  const end = rest.findIndex((candidate) => candidate.kind !== kind);
  return (end < 0 ? rest : rest.slice(0, end)).filter(({ role }) => role !== 'delimiter');
}
