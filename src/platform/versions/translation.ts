import { fieldMessages, invalidField, type FieldError } from '../errors/index.js';
import type { Presentation } from '../http/index.js';
import { renameFields, type Json, type VersionChange } from './version-table.js';

/** Translates a request of an older version to the latest one, and its response back, change by change. */
export class Translation implements Presentation {
  /** @param changes all changes after the caller's version, oldest first */
  constructor(private readonly changes: readonly VersionChange[]) {}

  /**
   * The body in the latest version.
   * @throws ApiError VALIDATION_ERROR for a field that the caller's version does not have yet
   */
  upgrade(body: unknown): unknown {
    if (!isObject(body)) return body;
    return this.changes.reduce((older, { request }) => {
      const renamed = request?.renamed;
      if (!renamed) return older;
      const early = Object.values(renamed).find((name) => Object.hasOwn(older, name) && !Object.hasOwn(renamed, name));
      if (early !== undefined) throw invalidField(early, fieldMessages.unknown);
      return renameFields(renamed)(older);
    }, body);
  }

  /** Query parameters that the caller's version does not have yet. */
  get newInQuery(): string[] {
    return this.changes.flatMap(({ request }) => request?.newInQuery ?? []);
  }

  /** @throws ApiError VALIDATION_ERROR for a query parameter that the caller's version does not have yet */
  checkQuery(query: object): void {
    const early = this.newInQuery.find((name) => Object.hasOwn(query, name));
    if (early !== undefined) throw invalidField(early, fieldMessages.unknown, 'query');
  }

  body(body: unknown): unknown {
    if (!isObject(body)) return body;
    return this.changes.reduceRight((newer, { answer }) => answer?.(newer) ?? newer, body);
  }

  event(event: string, data: unknown): unknown {
    if (!isObject(data)) return data;
    return this.changes.reduceRight((newer, change) => change.event?.(newer, event) ?? newer, data);
  }

  fields(errors: FieldError[]): FieldError[] {
    return errors.map((error) => (error.location === 'body' ? this.underOldName(error) : error));
  }

  /** The name of a request field in the caller's version. */
  oldName(name: string): string {
    return this.changes.reduceRight((newer, { request }) => oldNameOf(newer, request?.renamed), name);
  }

  private underOldName(error: FieldError): FieldError {
    const [name = '', ...inner] = error.field.split('.');
    return { ...error, field: [this.oldName(name), ...inner].join('.') };
  }
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const oldNameOf = (name: string, renamed: Readonly<Record<string, string>> = {}): string =>
  Object.entries(renamed).find(([, newName]) => newName === name)?.[0] ?? name;
