import { Injectable } from '@nestjs/common';
import { Threads, type ThreadJob, type ThreadOptions } from '../threads/index.js';
import { cleaned } from './cleaned.js';
import writeDocx from './docx.thread.js';
import { htmlOf } from './html.js';
import { markdownOf } from './markdown.js';
import writePdf from './pdf.thread.js';
import type { Typeset } from './typeset.js';

const DEADLINE_SECONDS = 60;

const job = (module: string, run: (document: Typeset) => Promise<Uint8Array>): ThreadJob<Typeset, Uint8Array> => ({
  module: `platform/typeset/${module}`,
  run,
  // Loading the library alone blocks for longer than a request may.
  cost: () => Infinity,
  deadlineSeconds: DEADLINE_SECONDS,
});
const docxJob = job('docx.thread', writeDocx);
const pdfJob = job('pdf.thread', writePdf);

/** Writes one document in four formats. Whatever its text contains, it stays text. */
@Injectable()
export class Typesetter {
  constructor(private readonly threads: Threads) {}

  toMarkdown(document: Typeset): string {
    return markdownOf(cleaned(document));
  }

  toHtml(document: Typeset): string {
    return htmlOf(cleaned(document));
  }

  /** @throws ThreadStopped if it takes too long or too much memory */
  toDocx(document: Typeset, options: Pick<ThreadOptions, 'organizationId' | 'signal'>): Promise<Uint8Array> {
    return this.threads.run(docxJob, cleaned(document), { ...options, isBackground: true });
  }

  /** @throws ThreadStopped if it takes too long or too much memory */
  toPdf(document: Typeset, options: Pick<ThreadOptions, 'organizationId' | 'signal'>): Promise<Uint8Array> {
    return this.threads.run(pdfJob, cleaned(document), { ...options, isBackground: true });
  }
}
