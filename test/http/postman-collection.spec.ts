import { afterAll, beforeAll, expect, it } from 'vitest';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expectAnyProblem } from '../harness/expectations.js';
import { register } from '../harness/fixtures.js';
import { operations } from '../harness/operations.js';
import { sharedApp, type RunningApp } from '../harness/shared-app.js';

interface Auth {
  type: 'bearer' | 'noauth';
}

interface Request {
  method: string;
  auth?: Auth;
  url: {
    raw: string;
    variable: { key: string; value: string }[];
    query: { key: string; value: string; disabled?: boolean }[];
  };
  body?: { raw: string; options: { raw: { language: string } } };
}

interface Folder {
  name: string;
  item: { name: string; request: Request }[];
}

const collection = JSON.parse(readFileSync('examples/parlance.postman_collection.json', 'utf8')) as {
  auth: Auth;
  item: Folder[];
};
const requests = collection.item.flatMap(({ name, item }) =>
  item.map((one): [string, Request] => [`${name}: ${one.name}`, one.request]),
);
/** Some name resources that do not exist here, or require more rights: they only have to be well-formed. */
const MAY_ANSWER = [400, 401, 402, 403, 404, 409];

let app: RunningApp;

beforeAll(async () => {
  app = await sharedApp();
});

afterAll(() => app.close());

it('has every operation once', () => {
  const addresses = requests.map(([, { method, url }]) => `${method} ${url.raw}`);
  const expected = operations().map(
    ({ method, path }) => `${method} {{baseUrl}}${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
  );
  expect(addresses.sort()).toEqual(expected.sort());
});

it.each(requests)('has a well-formed request: %s', async (_name, { method, auth = collection.auth, url, body }) => {
  const filled = url.variable.reduce((path, { key, value }) => path.replace(`:${key}`, value), url.raw);
  const enabled = url.query.filter(({ disabled }) => !disabled).map(({ key, value }): [string, string] => [key, value]);
  const path = `${filled.replace('{{baseUrl}}', '')}?${new URLSearchParams(enabled).toString()}`;
  // A new person each time, because some requests end their session or their account.
  const caller =
    auth.type === 'noauth'
      ? app.client
      : (await register(app.client, { organization_name: 'Analytical Engines' })).session;
  // The examples name few addresses, to each of which other tests send mails as well.
  const text = body?.raw.replaceAll(/[\w.]+@example\.com/g, () => `${randomBytes(6).toString('hex')}@example.com`);
  const isJson = body?.options.raw.language === 'json';
  const answer = await caller.call(method, path, {
    ...(text && { body: isJson ? (JSON.parse(text) as object) : text }),
  });
  if (answer.status < 400) return;
  expectAnyProblem(answer);
  expect(MAY_ANSWER).toContain(answer.status);
});
