import type { Block, Inline, Typeset } from '../../platform/typeset/index.js';
import { counted, titleOf } from '../../platform/text/index.js';
import type { ResearchResult, ResearchStatement } from '../research/index.js';
import { Citations, textOf } from './citations.js';
import { evidenceBlocks } from './evidence.js';
import type { PaperInput, PaperResult, Work } from './papers.types.js';

const METHOD =
  'This paper is a structured review of quotations. It was compiled without a language model: each statement about the subject is quoted verbatim from the cited document, and the server has checked each quotation against the stored text.';

const KINDS: Record<ResearchResult['contradictions'][number]['kind'], string> = {
  number: 'Two documents give different numbers.',
  date: 'Two documents give different dates.',
  unit: 'Two documents use different units.',
  negation: 'One document affirms what another denies.',
};

export interface Paper {
  document: Typeset;
  result: Omit<PaperResult, 'report'>;
}

/** Arranges what a research has found as a paper. It adds no statement about the subject. */
export function compose(input: PaperInput, research: ResearchResult, works: [number, Work][], date: Date): Paper {
  const { topic, scope, questions, agreements, contradictions, not_found } = research;
  const title = input.title ?? titleOf(topic);
  const citations = new Citations(input.citation_style, works);
  const answered = questions.filter(({ statements }) => statements.length > 0);
  const abstract = `${METHOD} ${countsOf(research)}`;
  const section = (text: string, blocks: Block[]): Block[] =>
    blocks.length > 0 ? [{ kind: 'heading', level: 1, text }, ...blocks] : [];
  const quotes = (statements: ResearchStatement[]): Block[] => quotesOf(statements, citations);
  const document: Typeset = {
    title,
    subtitle: 'A structured review of quotations',
    date: date.toISOString().slice(0, 10),
    language: 'en',
    blocks: [
      ...section('Abstract', [paragraph(abstract)]),
      ...section('Scope and method', [paragraph(scopeOf(research, works.length))]),
      ...answered.flatMap(({ question, statements }) => section(capitalized(question), quotes(statements))),
      ...section(
        'Points of agreement',
        agreements.flatMap(({ documents, statements }) => [
          paragraph(`${documents} documents say the same:`),
          ...quotes(statements),
        ]),
      ),
      ...section(
        'Contradictions',
        contradictions.flatMap(({ kind, sides }) => [paragraph(KINDS[kind]), ...quotes(sides)]),
      ),
      ...evidenceBlocks(research),
      ...section('Limitations', limitations(not_found)),
      ...section('References', referencesOf(citations)),
    ],
  };
  return {
    document,
    result: {
      title,
      topic,
      scope,
      method: 'quotations',
      citation_style: input.citation_style,
      abstract,
      sections: answered.map(({ question, statements }) => ({ heading: question, statements })),
      agreements,
      contradictions,
      not_found,
      references: citations.references.map(({ number, work, inlines }) => ({
        citation: number,
        document_id: work.documentId,
        version: work.version,
        text: textOf(inlines),
      })),
    },
  };
}

function countsOf({ questions, sources, agreements, contradictions }: ResearchResult): string {
  const answered = questions.filter(({ statements }) => statements.length > 0);
  const quotations = answered.flatMap(({ statements }) => statements).length;
  return [
    `It holds ${counted(quotations, 'quotation')} from ${counted(sources.length, 'document')}, on ${answered.length} of ${counted(questions.length, 'question')}.`,
    ...(agreements.length > 0 ? [`Several documents agree on ${counted(agreements.length, 'point')}.`] : []),
    ...(contradictions.length > 0
      ? [`Documents contradict each other on ${counted(contradictions.length, 'point')}.`]
      : []),
  ].join(' ');
}

const capitalized = (text: string): string => text.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase());

function scopeOf({ topic, scope, questions }: ResearchResult, documents: number): string {
  const asked = questions.map(({ question }) => `“${question}”`).join(', ');
  return `The topic is “${topic.replace(/\s+/g, ' ').trim()}”. The scope is ${scope}: the knowledge base was asked ${asked}. The answers cite ${counted(documents, 'document')}. Each section below holds the quotations that answer one question.`;
}

function quotesOf(statements: ResearchStatement[], citations: Citations): Block[] {
  return statements.map(({ text, introduction, citations: quotes }) => {
    const numbers = [...new Set(quotes.map(({ citation }) => citation))];
    const before: Inline[] = introduction === null ? [] : [{ text: `${introduction} `, italic: true }];
    return { kind: 'quote', inlines: [...before, { text: `“${text}”` }, ...citations.mark(numbers)] };
  });
}

function limitations(missing: ResearchResult['not_found']): Block[] {
  const method = paragraph(
    'The review holds what retrieval found in the knowledge base, and nothing else. Statements are compared by their words: agreement and contradiction in other words are not recognized.',
  );
  if (missing.length === 0) return [method];
  return [
    method,
    paragraph('The following was not found:'),
    { kind: 'list', ordered: false, items: missing.map(({ message }) => [{ text: message }]) },
  ];
}

function referencesOf(citations: Citations): Block[] {
  const items = citations.references.map(({ inlines }) => inlines);
  return citations.isNumeric
    ? [{ kind: 'references', items }]
    : items.map((inlines): Block => ({ kind: 'paragraph', inlines }));
}

const paragraph = (text: string): Block => ({ kind: 'paragraph', inlines: [{ text }] });
