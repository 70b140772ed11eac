import { Injectable } from '@nestjs/common';
import type { Statement } from '../../platform/model/index.js';
import { counted, languageOf, terms } from '../../platform/text/index.js';
import { Threads } from '../../platform/threads/index.js';
import { TaskFailure, type TaskContext } from '../tasks/index.js';
import { ReachService, type PassageInReach, type Reach } from './reach.js';
import type { ReadPassage, ResearchInput, ResearchResult, ResearchScope } from './research.types.js';
import { Composition, type FoundStatement } from './composition.js';
import { QuoteCheck } from './quote-check.js';
import { findingJob, groupingJob, planJob } from './text-work.js';
import { presented } from './presentation.js';
import { searchesWeb, WebSearch, WEB } from './web-search.js';

/** How far a research goes: questions, passages per question, and statements shown per question. */
const SCOPES: Record<ResearchScope, { questions: number; passages: number; statements: number }> = {
  quick: { questions: 3, passages: 8, statements: 4 },
  standard: { questions: 8, passages: 12, statements: 6 },
  comprehensive: { questions: 16, passages: 20, statements: 8 },
};
/** Statements per question that are compared with those of other documents. */
const MAX_COMPARED = 60;
/** Share of the best score that a passage needs to suggest aspects. */
const TELLING_SCORE = 0.6;
/** Words of a topic that are looked up. */
const MAX_WORDS = 12;
/** UTF-16 units of a document's passages that determine its language. */
const MAX_READ = 2_000;
/** Words that compare the parts of a topic and belong to none. */
const JOINING = /^(?:versus|vs|compared)$/i;
const NO_ENGINE = 'This server has no search engine. Submit the task without `web`, or ask the operator for one.';
/** Percent at which the steps begin. */
const PROGRESS = { plan: 2, questions: 8, comparison: 88, report: 94 };

/** Answers the questions of a topic with verbatim statements of the documents. It writes no text about the subject itself. */
@Injectable()
export class Researcher {
  constructor(
    private readonly reach: ReachService,
    private readonly quotes: QuoteCheck,
    private readonly web: WebSearch,
    private readonly threads: Threads,
  ) {}

  async research(input: ResearchInput, context: TaskContext): Promise<ResearchResult> {
    const { topic, scope } = input;
    const limits = SCOPES[scope];
    const asksWeb = searchesWeb(input);
    if (asksWeb && !this.web.isConfigured) throw new TaskFailure('NO_SEARCH_ENGINE', NO_ENGINE);
    await context.progress(PROGRESS.plan, 'Planning the questions.');
    const reach = await this.reach.of(context.organizationId, input.sources);
    const first = await this.reach.find(reach, topic, limits.passages);
    const options = { organizationId: context.organizationId, signal: context.signal, isBackground: true };
    const questions = await this.threads.run(
      planJob,
      { topic, passages: telling(first).map(plainPassage), maxQuestions: limits.questions },
      options,
    );
    const unknownWords = await this.unknownWords(reach, questions[0]?.text ?? topic, context);

    const passages = new PassageTable();
    const found: FoundStatement[][] = [];
    const unsearched: string[] = [];
    for (const [index, question] of questions.entries()) {
      const share = (PROGRESS.comparison - PROGRESS.questions) / questions.length;
      await context.progress(
        Math.round(PROGRESS.questions + index * share),
        `Question ${index + 1} of ${questions.length}: “${question.text}”`,
      );
      const pages = asksWeb ? await this.web.find(question.text, limits.passages, context.signal) : [];
      if (!pages) unsearched.push(question.text);
      const known = await this.reach.find(reach, question.text, limits.passages);
      const read = passages.add([...known, ...(pages ?? [])]);
      context.signal.throwIfAborted();
      const finding = { question, passages: read.map(plainPassage), maxStatements: MAX_COMPARED };
      const statements = await this.threads.run(findingJob, finding, options);
      found.push(statements.map((statement) => toFound(statement, read)));
    }

    const composition = new Composition(found);
    await context.progress(PROGRESS.comparison, `Comparing ${counted(composition.statements.length, 'statement')}.`);
    const languages = passages.languages();
    const grouping = await this.threads.run(
      groupingJob,
      composition.statements.map(({ passage, text }) => ({
        text,
        documentId: passage.documentId,
        title: passage.title,
        heading: passage.headings.at(-1) ?? '',
        language: languages.get(passage.documentId) ?? '',
      })),
      options,
    );
    context.signal.throwIfAborted();

    await context.progress(PROGRESS.report, 'Checking the quotes and writing the report.');
    const chosen = composition.choose(questions, grouping, limits.statements);
    // A quote of a page is a part of what was received; documents can have changed meanwhile.
    const stored = chosen.quotes().filter(({ version }) => version !== WEB);
    const isStored = await this.quotes.check(context.organizationId, stored);
    context.signal.throwIfAborted();
    const verified = chosen.only((quote) => quote.version === WEB || isStored(quote));
    return presented({ topic, scope, reach, unknownWords, unsearched, chosen: verified });
  }

  /** The words of the topic that no passage in reach has. */
  private async unknownWords(reach: Reach, topic: string, { signal }: TaskContext): Promise<string[]> {
    const words = [...new Set(topic.match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}_.'’-]*/gu) ?? [])].filter(
      (word) => terms(word).length > 0 && terms(topic).includes(terms(word)[0] as string),
    );
    const unknown: string[] = [];
    for (const word of words.filter((each) => !JOINING.test(each)).slice(0, MAX_WORDS)) {
      signal.throwIfAborted();
      if ((await this.reach.find(reach, word, 1)).length === 0) unknown.push(word);
    }
    return unknown;
  }
}

/** All passages that were read, each once. */
class PassageTable {
  private readonly byPlace = new Map<string, PassageInReach>();

  /** Returns the known objects of these passages. */
  add(found: PassageInReach[]): PassageInReach[] {
    return found.map((passage) => {
      const key = `${passage.documentId} ${passage.version} ${passage.start}`;
      const known = this.byPlace.get(key) ?? passage;
      this.byPlace.set(key, known);
      return known;
    });
  }

  /** The language of each document. A single sentence or passage may be too short to tell. */
  languages(): Map<string, string> {
    const texts = new Map<string, string>();
    for (const { documentId, title, text } of this.byPlace.values()) {
      const known = texts.get(documentId) ?? `${title}. `;
      if (known.length < MAX_READ) texts.set(documentId, `${known}${text} `);
    }
    return new Map([...texts].map(([id, text]) => [id, languageOf(text)]));
  }
}

/** The passages that are about the topic as a whole: others suggest aspects of something else. */
const telling = (found: PassageInReach[]): PassageInReach[] =>
  found.filter(({ score }) => score >= TELLING_SCORE * (found[0]?.score ?? 0));

const plainPassage = ({ documentId, title, headings, text }: PassageInReach): ReadPassage => ({
  documentId,
  title,
  headings,
  text,
});

function toFound({ passageId, start, end, introduction }: Statement, read: PassageInReach[]): FoundStatement {
  const passage = read[passageId] as PassageInReach;
  return { passage, text: passage.text.slice(start, end), span: { start, end }, introduction };
}
