import type { NextFunction, Request, Response } from 'express';
import { API_VERSION_HEADER } from '../http/index.js';
import { Translation } from './translation.js';
import type { ApiVersion, VersionTable } from './version-table.js';

const DATE = /^\d{4}-\d\d-\d\d$/;

/** The versions of the API within /api/v1, as a chain of changes from each to the next. */
export class Versions {
  private readonly byName: ReadonlyMap<string, ApiVersion>;
  private readonly translations = new Map<string, Translation | undefined>();

  /** @throws Error if the table is out of order */
  constructor(readonly table: VersionTable) {
    this.byName = new Map(table.map((entry) => [entry.version, entry]));
    const names = table.map(({ version }) => version);
    const isInOrder = names.every((name, at) => DATE.test(name) && (at === 0 || name > (names[at - 1] as string)));
    if (!isInOrder) throw new Error(`Versions are dates, oldest first: ${names.join(', ')}`);
  }

  get latest(): string {
    return (this.table.at(-1) as ApiVersion).version;
  }

  get names(): string[] {
    return [...this.byName.keys()];
  }

  find(version: string): ApiVersion | undefined {
    return this.byName.get(version);
  }

  /** Whether a version is served at this moment. */
  isServed(version: string): boolean {
    const entry = this.find(version);
    return entry !== undefined && !(entry.sunsetAt && Date.parse(entry.sunsetAt) <= Date.now());
  }

  /** Between a version and the latest, for one operation; undefined if nothing has changed. */
  translation(version: string, operation: string): Translation | undefined {
    const key = `${version} ${operation}`;
    if (!this.translations.has(key)) this.translations.set(key, this.makeTranslation(version, operation));
    return this.translations.get(key);
  }

  /** Names a version on every response, even if it is sent before the caller is known. */
  readonly middleware = (request: Request, response: Response, next: NextFunction): void => {
    const asked = request.headers['api-version'];
    const isKnown = typeof asked === 'string' && this.byName.has(asked);
    response.setHeader(API_VERSION_HEADER, isKnown ? asked : this.latest);
    next();
  };

  private makeTranslation(version: string, operation: string): Translation | undefined {
    const changes = this.table
      .filter((entry) => entry.version > version)
      .flatMap((entry) => entry.changes)
      .filter(({ operations }) => operations.includes(operation));
    return changes.length > 0 ? new Translation(changes) : undefined;
  }
}
