import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { KnowledgeRepository, type DescribedEntry } from '../knowledge/index.js';
import type { ResearchResult } from '../research/index.js';
import type { Work } from './papers.types.js';

const MAX_AUTHORS = 20;
const MAX_TEXT = 200;

/** Describes the sources of a research as their owners do: by `author` or `authors`, `year` or `date`, `publisher` and `url` in the metadata. */
@Injectable()
export class Works {
  constructor(
    private readonly database: Database,
    private readonly knowledge: KnowledgeRepository,
  ) {}

  async of(organizationId: string, sources: ResearchResult['sources']): Promise<[number, Work][]> {
    const ids = sources.flatMap(({ document_id }) => document_id ?? []);
    const entries = await this.database.asTenant(organizationId, () => this.knowledge.describe(ids));
    const byId = new Map(entries.map((entry) => [entry.id, entry]));
    return sources.map(({ citation, document_id, version, title, url }) => {
      const described = describe(byId.get(document_id ?? ''));
      return [citation, { documentId: document_id, version, title, ...described, url: url ?? described.url }];
    });
  }
}

function describe(entry: DescribedEntry | undefined): Omit<Work, 'documentId' | 'version' | 'title'> {
  const metadata = new Map(Object.entries(entry?.metadata ?? {}));
  const first = (...names: string[]): string | undefined => names.flatMap((name) => textsOf(metadata.get(name)))[0];
  const source = entry?.source ?? undefined;
  const isAddress = source !== undefined && /^https?:\/\/\S+$/i.test(source);
  return {
    authors: [...textsOf(metadata.get('authors')), ...textsOf(metadata.get('author'))]
      .flatMap((names) => names.split(/\s*;\s*/))
      .filter(Boolean)
      .slice(0, MAX_AUTHORS),
    year: /\b\d{4}\b/.exec(first('year', 'date', 'published') ?? '')?.[0],
    publisher: first('publisher', 'journal') ?? (isAddress ? undefined : source?.slice(0, MAX_TEXT)),
    url: first('url', 'doi_url') ?? (isAddress ? source : undefined),
  };
}

/** Metadata can be anything. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'number') return [String(value)];
  if (typeof value === 'string') return value.trim() === '' ? [] : [value.trim().slice(0, MAX_TEXT)];
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string').flatMap(textsOf) : [];
}
