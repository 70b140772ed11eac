import { readFileSync } from 'node:fs';

/** A block of shell in a page, and what the page shows of its output. */
export interface ShellExample {
  line: number;
  script: string;
  /** The block after it, if that shows output. */
  shown: string;
  /** Why a comment before the block says that it cannot be run here. */
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

/** What an output must hold if a page shows this JSON: its keys, and its texts that are whole and not of one run only. */
export function factsOf(shown: string): string[] {
  const keys = [...shown.matchAll(/"(\w+)":/g)].map(([, key]) => `"${key}":`);
  const sentences = [...shown.matchAll(/: "([^"…\\]+ [^"…\\]+)"/g)].map(([, text]) => `"${text}"`);
  return [...new Set([...keys, ...sentences])];
}

/** The error statuses that a page shows: of problem documents, which name a code, or a line each. */
export const errorStatusesOf = (shown: string): number[] => {
  const pattern = /"code":/.test(shown) ? /"status": ([45]\d\d)\b/g : /^([45]\d\d)$/gm;
  return [...shown.matchAll(pattern)].map(([, status]) => Number(status));
};
