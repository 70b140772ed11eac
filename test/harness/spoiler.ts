import { expect } from 'vitest';
import type { Answer, TestClient } from './client.js';
import { Callers } from './callers.js';
import { register } from './fixtures.js';
import { sharedApp, type RunningApp } from './shared-app.js';
import { expectAnyProblem, NO_ID } from './expectations.js';
import { type Operation } from './operations.js';

/** One spoiled call: what replaces a part of a valid one, and the status expected (any 4xx by default). */
export interface Case {
  name: string;
  body?: string | Uint8Array<ArrayBuffer>;
  headers?: Record<string, string>;
  query?: string;
  path?: string;
  refusedWith?: number[];
}

/** Rows for `it.each`. */
export const rows = (chosen: Operation[]) =>
  chosen.map((operation) => [operation.method, operation.path, operation] as const);

/** Sends spoiled calls as a caller with all rights, to an existing resource, so that they get as far as they can. */
export class Spoiler {
  private constructor(
    private readonly app: RunningApp,
    private readonly session: TestClient,
    private readonly ids: { conversation: string; message: string; knowledge: string },
  ) {}

  static async start(): Promise<Spoiler> {
    const app = await sharedApp();
    const { session, userId, organizationId } = await register(app.client);
    await app.database.query('UPDATE users SET is_superuser = true WHERE id = $1', [userId]);
    await app.database.query(`UPDATE organizations SET plan = 'enterprise' WHERE id = $1 OR parent_id = $1`, [
      organizationId,
    ]);
    const make = async (path: string, body: object): Promise<string> =>
      (await session.post<{ id: string }>(path, body)).body.id;
    const conversation = await make('/api/v1/conversations', {});
    return new Spoiler(app, session, {
      conversation,
      message: await make(`/api/v1/conversations/${conversation}/messages`, { content: 'Hello' }),
      knowledge: await make('/api/v1/knowledge', { title: 'Title', content: 'Some text.' }),
    });
  }

  close(): Promise<void> {
    return this.app.close();
  }

  /** The address of an existing resource, except for DELETE, which would remove it. */
  addressOf({ method, path }: Operation): string {
    const { conversation, message, knowledge } = this.ids;
    const ids: Record<string, string> =
      method === 'DELETE' || path.includes('/streams/') || path.includes('/api-keys/')
        ? {}
        : { id: path.includes('/knowledge/') ? knowledge : conversation, messageId: message, slug: 'not-found' };
    return path.replace(/\{(\w+)\}/g, (_match, name: string) => ids[name] ?? NO_ID);
  }

  async send(operation: Operation, { name, body, headers, query, path, refusedWith }: Case): Promise<void> {
    const caller = await this.callerOf(operation);
    const address = (path ?? this.addressOf(operation)) + (query ?? '');
    let answer: Answer<unknown>;
    try {
      answer = await caller.call(operation.method, address, { body, ...(headers && { headers }) });
    } catch (error) {
      throw new Error(`${name}: ${String((error as Error).cause ?? error)}`, { cause: error });
    }
    const seen = `${name} -> ${answer.status} ${JSON.stringify(answer.body).slice(0, 200)}`;
    if (answer.status >= 500 || (refusedWith && !refusedWith.includes(answer.status))) {
      throw new Error(`${seen}, expected ${refusedWith?.join(' or ') ?? 'a success or a 4xx'}`);
    }
    if (answer.status >= 400) expectAnyProblem(answer);
    // A stream responds 200 before anything can go wrong in it.
    if (typeof answer.body === 'string') expect(answer.body).not.toMatch(/"status":5\d\d/);
    expect(answer.headers.get('x-request-id')).toMatch(/^[A-Za-z0-9._-]{1,128}$/);
  }

  /** Calls that end the session or the organization must not affect later ones. */
  private async callerOf(operation: Operation): Promise<TestClient> {
    const isLast = ['organizations.delete', 'sessions.logout'].includes(operation.id);
    return isLast ? (await new Callers(this.app).person()).client : this.session;
  }
}
