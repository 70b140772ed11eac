import type { Difference } from './differences.js';
import type { ResearchResult, ResearchStatement } from './research.types.js';

const KINDS: Record<Difference, string> = {
  number: 'Different numbers',
  date: 'Different dates',
  unit: 'Different units',
  negation: 'One affirms, the other denies',
};

/** The result as Markdown. Every sentence about the subject is a quote with the number of its source. */
export function reportOf({
  topic,
  summary,
  questions,
  agreements,
  contradictions,
  not_found: missing,
  sources,
}: Omit<ResearchResult, 'report'>): string {
  const sections: (string | string[])[] = [
    `# ${oneLine(topic)}`,
    summary,
    ...questions.flatMap(({ question, statements }) => [
      `## ${oneLine(question)}`,
      statements.length > 0 ? statements.map(item) : 'The documents say nothing about this.',
    ]),
    '## What agrees',
    ...(agreements.length > 0
      ? agreements.flatMap(({ documents, statements }) => [
          `${documents} documents say the same:`,
          statements.map(item),
        ])
      : ['No two documents were found to say the same.']),
    '## What contradicts',
    ...(contradictions.length > 0
      ? contradictions.flatMap(({ kind, sides }) => [`${KINDS[kind]}:`, sides.map(item)])
      : ['No contradictions were found.']),
    '## What was not found',
    missing.length > 0 ? missing.map(({ message }) => `- ${message}`) : 'Each question has an answer.',
    '## Sources',
    sources.length > 0
      ? sources.map(
          ({ citation, title, version, collection, url }) =>
            `${citation}. ${oneLine(title)} (${url === null ? `version ${version}, collection ${oneLine(collection ?? '')}` : `<${url}>`})`,
        )
      : 'None.',
  ];
  return `${sections.map((section) => (typeof section === 'string' ? section : section.join('\n'))).join('\n\n')}\n`;
}

function item({ text, heading, introduction, citations }: ResearchStatement): string {
  const numbers = [...new Set(citations.map(({ citation }) => citation))].map((number) => `[${number}]`).join('');
  const above = introduction ?? heading;
  // On one line, so that no line of a quote begins a block of its own.
  return `- ${above === null ? '' : `_${oneLine(above)}_ — `}“${oneLine(text)}” ${numbers}`;
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
