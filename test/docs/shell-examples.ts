import { readFileSync } from 'node:fs';

/** A shell block of a page, and the output that the page shows for it. */
export interface ShellExample {
  line: number;
  script: string;
  /** The next block, if it shows output. */
  shown: string;
  /** The reason, from a comment before the block, why it cannot be run here. */
  notRun?: string;
}

/** Fenced blocks, headings, and comments that begin with `not run:`. */
const PARTS = /^<!-- not run: (?<why>.+) -->$|^(?<heading>#+ ).*$|^```(?<language>\w*)\n(?<text>[\s\S]*?)^```$/gm;
const OUTPUT = ['json', 'text', ''];

/** The shell examples of a Markdown page, in order. */
export function shellExamplesOf(page: string): ShellExample[] {
  const markdown = readFileSync(page, 'utf8');
  const examples: ShellExample[] = [];
  let notRun: string | undefined;
  let isAfterShell = false;
  for (const { groups = {}, index } of markdown.matchAll(PARTS)) {
    if (groups['why']) {
      notRun = groups['why'];
    } else if (groups['heading']) {
      isAfterShell = false;
    } else if (groups['language'] === 'bash') {
      const line = markdown.slice(0, index).split('\n').length;
      examples.push({ line, script: groups['text'] ?? '', shown: '', ...(notRun && { notRun }) });
      notRun = undefined;
      isAfterShell = true;
    } else {
      const example = examples.at(-1);
      if (example && isAfterShell && OUTPUT.includes(groups['language'] ?? '')) example.shown = groups['text'] ?? '';
      isAfterShell = false;
    }
  }
  return examples;
}

/** What a page shows and the output lacks, white space aside. */
export function missingIn(output: string, shown: string): string[] {
  const there = spaceless(output);
  const missing = factsOf(shown).filter((fact) => !there.includes(spaceless(fact)));
  const names = headerNamesOf(shown).filter((name) => !there.toLowerCase().includes(name.toLowerCase()));
  return [...missing, ...names];
}

const spaceless = (text: string): string => text.replaceAll(/\s+/g, '');

/** The parts of a shown output that do not vary between runs: keys and complete texts in JSON, and lines outside of it. */
function factsOf(shown: string): string[] {
  const keys = [...shown.matchAll(/"(\w+)":/g)].map(([, key]) => `"${key}":`);
  const sentences = [...shown.matchAll(/: "([^"…\\]+ [^"…\\]+)"/g)].map(([, text]) => `"${text}"`);
  const lines = isJson(shown) ? [] : shown.split('\n').filter((line) => isSentence(line) || !/[…\d]/.test(line));
  return [...new Set([...keys, ...sentences, ...lines])];
}

const isJson = (shown: string): boolean => /^\s*[[{]/.test(shown);

const isSentence = (line: string): boolean => /^[A-Z][^…]*\.$/.test(line);

/** With their colons. A header’s name may come in other letters, and its value may vary. */
const headerNamesOf = (shown: string): string[] => (isJson(shown) ? [] : (shown.match(/^[A-Za-z-]+:/gm) ?? []));

/** The error statuses that a page shows, in problem documents (which have a code) or one per line. */
export const errorStatusesOf = (shown: string): number[] => {
  const pattern = /"code":/.test(shown) ? /"status": ([45]\d\d)\b/g : /^([45]\d\d)$/gm;
  return [...shown.matchAll(pattern)].map(([, status]) => Number(status));
};
