import { operationsIn, type Description, type Operation } from './description.js';

interface Variable {
  key: string;
  value: string;
  description?: string;
  disabled?: boolean;
}

interface Item {
  name: string;
  request: object;
}

/**
 * The API as a Postman collection (format 2.1.0): a folder per tag, each request with its example. Bruno imports it too.
 * Variables: `baseUrl`; `apiKey` for programs; `accessToken` for requests that only a signed-in person can send.
 */
export function postmanCollection(description: Description): object {
  const folders = new Map<string, Item[]>((description.tags ?? []).map(({ name }) => [name, []]));
  for (const { path, method, operation } of operationsIn(description)) {
    folders.get(operation.tags?.[0] ?? '')?.push({
      name: operation.summary ?? operation.operationId,
      request: requestOf(path, method, operation),
    });
  }
  return {
    info: {
      name: description.info.title,
      description: description.info.description,
      version: description.info.version,
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    variable: [
      { key: 'baseUrl', value: description.servers?.[0]?.url ?? '' },
      { key: 'apiKey', value: '' },
      { key: 'accessToken', value: '' },
    ],
    auth: bearer('apiKey'),
    item: [...folders].filter(([, items]) => items.length > 0).map(([name, item]) => ({ name, item })),
  };
}

function requestOf(path: string, method: string, operation: Operation): object {
  const { 'application/json': json, 'application/octet-stream': file } = operation.requestBody?.content ?? {};
  const body = json?.example;
  const template = path.replaceAll(/\{(\w+)\}/g, ':$1');
  return {
    method: method.toUpperCase(),
    ...(operation.description && { description: operation.description }),
    ...authOf(operation),
    header: [json && 'application/json', file && 'application/octet-stream']
      .filter((type) => type !== undefined)
      .map((value) => ({ key: 'Content-Type', value })),
    url: {
      raw: `{{baseUrl}}${template}`,
      host: ['{{baseUrl}}'],
      path: template.split('/').slice(1),
      variable: parametersIn(operation, 'path'),
      query: parametersIn(operation, 'query'),
    },
    ...(body !== undefined && {
      body: { mode: 'raw', raw: JSON.stringify(body, null, 2), options: { raw: { language: 'json' } } },
    }),
    ...(file && { body: { mode: 'raw', raw: file.example, options: { raw: { language: 'text' } } } }),
  };
}

/** Optional parameters are included but disabled. */
const parametersIn = ({ parameters = [] }: Operation, place: string): Variable[] =>
  parameters
    .filter((parameter) => parameter.in === place)
    .map(({ name = '', example, description, required }) => ({
      key: name,
      value: example === undefined ? '' : String(example as string | number | boolean),
      ...(description && { description }),
      ...(!required && { disabled: true }),
    }));

/** The key of the collection, unless the operation requires none or only a person may call it. */
function authOf({ security = [] }: Operation): object {
  if (security.length === 0) return { auth: { type: 'noauth' } };
  return security.some((scheme) => 'api_key' in scheme) ? {} : { auth: bearer('accessToken') };
}

const bearer = (variable: string): object => ({
  type: 'bearer',
  bearer: [{ key: 'token', value: `{{${variable}}}`, type: 'string' }],
});
