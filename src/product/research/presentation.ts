import { counted } from '../../platform/text/index.js';
import type { Chosen, ChosenStatement } from './composition.js';
import type { Quote } from './quote-check.js';
import type { PassageInReach, Reach } from './reach.js';
import { reportOf } from './report.js';
import type { Citation, ResearchResult, ResearchScope, ResearchStatement } from './research.types.js';

interface Findings {
  topic: string;
  scope: ResearchScope;
  reach: Reach;
  unknownWords: string[];
  /** Questions to which the search engine did not respond. */
  unsearched: string[];
  chosen: Chosen;
}

const NO_DOCUMENT = { document_id: null, version: null };

/** The result as it is sent: statements with numbered sources, a summary and a report. */
export function presented({ topic, scope, reach, unknownWords, unsearched, chosen }: Findings): ResearchResult {
  const sources = new Map<string, ResearchResult['sources'][number]>();
  const citationOf = (passage: PassageInReach, { start, end, text }: Quote): Citation => {
    const { documentId, version, title, collection, url } = passage;
    const key = `${documentId} ${version}`;
    const place = url === undefined ? { document_id: documentId, version, url: null } : { ...NO_DOCUMENT, url };
    const known = sources.get(key) ?? {
      citation: sources.size + 1,
      ...place,
      title,
      collection: url === undefined ? collection : null,
    };
    sources.set(key, known);
    return { citation: known.citation, ...place, title, text, start, end, verified: true };
  };
  const statementOf = ({ passage, quote, introduction, others }: ChosenStatement): ResearchStatement => ({
    text: quote.text,
    heading: passage.headings.at(-1) ?? null,
    introduction: introduction?.text ?? null,
    citations: [citationOf(passage, quote), ...others.map((other) => citationOf(other.passage, other.quote))],
  });
  const questions = chosen.questions.map(({ question, statements }) => ({
    question,
    status: statements.length > 0 ? ('answered' as const) : ('not_found' as const),
    statements: statements.map(statementOf),
  }));
  const found: Omit<ResearchResult, 'summary' | 'report'> = {
    topic,
    scope,
    questions,
    agreements: chosen.agreements.map((statements) => ({
      documents: statements.length,
      statements: statements.map(statementOf),
    })),
    contradictions: chosen.contradictions.map(({ kind, sides }) => ({ kind, sides: sides.map(statementOf) })),
    not_found: [...notFound(reach, unknownWords, questions), ...unsearched.map(notSearched)],
    sources: [],
  };
  found.sources = [...sources.values()];
  const summary = summaryOf(found);
  return { ...found, summary, report: reportOf({ ...found, summary }) };
}

type NotFound = ResearchResult['not_found'][number];

function notFound(reach: Reach, words: string[], questions: ResearchResult['questions']): NotFound[] {
  const missing = questions.flatMap(unanswered);
  const isAsked = (word: string): boolean => missing.some(({ name }) => name.toLowerCase() === word.toLowerCase());
  return [...missingIn(reach), ...words.filter((word) => !isAsked(word)).map(unknownWord), ...missing];
}

function missingIn({ unknown, collections }: Reach): NotFound[] {
  const isNothingLeft = collections?.length === 0;
  return unknown.map((name) => ({
    kind: 'collection',
    name,
    message: `The collection “${name}” has no documents.${isNothingLeft ? ' Omit `sources` to search all documents.' : ''}`,
  }));
}

const notSearched = (name: string): NotFound => ({
  kind: 'web',
  name,
  message: `The search engine did not respond to “${name}”.`,
});

const unknownWord = (name: string): NotFound => ({ kind: 'word', name, message: `No document contains “${name}”.` });

const unanswered = ({ question, status }: ResearchResult['questions'][number]): NotFound[] =>
  status === 'answered'
    ? []
    : [{ kind: 'question', name: question, message: `The documents say nothing about “${question}”.` }];

/** Counts of the result, and its first statement. */
function summaryOf({
  topic,
  questions,
  agreements,
  contradictions,
  sources,
  not_found: missing,
}: Omit<ResearchResult, 'summary' | 'report'>): string {
  const answered = questions.filter(({ status }) => status === 'answered');
  const statements = answered.flatMap((question) => question.statements);
  const subject = `“${topic.replace(/\s+/g, ' ').trim()}”`;
  const [first] = statements;
  if (!first)
    return `The documents say nothing about ${subject}.${missing.length > 0 ? ` ${gaps(missing.length)}` : ''}`;
  const quote = `“${first.text.replace(/\s+/g, ' ')}” [${first.citations[0]?.citation}]`;
  return [
    `${counted(statements.length, 'statement')} from ${counted(sources.length, 'document')} ${statements.length === 1 ? 'answers' : 'answer'} ${answered.length} of ${counted(questions.length, 'question')} about ${subject}.`,
    quote,
    ...(agreements.length > 0 ? [`Several documents agree on ${counted(agreements.length, 'point')}.`] : []),
    ...(contradictions.length > 0
      ? [`Documents contradict each other on ${counted(contradictions.length, 'point')}.`]
      : []),
    ...(missing.length > 0 ? [gaps(missing.length)] : []),
  ].join(' ');
}

const gaps = (count: number): string => `${counted(count, 'thing')} ${count === 1 ? 'was' : 'were'} not found.`;
