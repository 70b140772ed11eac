import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { openapi } from './operations.js';

interface Described {
  responses: Record<string, { $ref?: string; content?: Record<string, object> }>;
}

export interface Document {
  paths: Record<string, Record<string, Described>>;
  components: { responses: Record<string, { content?: Record<string, object> }> };
}

interface Route {
  method: string;
  pattern: RegExp;
  path: string;
}

const NAME = 'openapi.json';
export const pointer = (...keys: string[]): string =>
  `${NAME}#/${keys.map((key) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;

/** One version’s OpenAPI document, to check responses against. */
export class Contract {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
  private readonly routes: Route[];

  constructor(private readonly document: Document) {
    (addFormats as unknown as (ajv: Ajv2020, formats: string[]) => void)(this.ajv, [
      'uuid',
      'date-time',
      'date',
      'uri',
    ]);
    this.ajv.addFormat('email', true);
    this.ajv.addSchema(withoutUnknownFields(structuredClone(document)), NAME);
    const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({ method, path, pattern: patternOf(path) })),
    );
    // Literal paths come before paths with parameters.
    this.routes = routes.sort((one, other) => one.path.split('{').length - other.path.split('{').length);
  }

  /** @throws Error if the document does not describe this response */
  check(method: string, path: string, status: number, contentType: string | null, body: unknown): void {
    const [address = ''] = path.split(/[?#]/);
    const route = this.routes.find((each) => each.method === method.toLowerCase() && each.pattern.test(address));
    if (!route) return;
    const place = `${method} ${route.path} ${status}`;
    const described = this.document.paths[route.path]?.[route.method]?.responses[status];
    if (!described) throw new Error(`openapi.json does not describe ${place}: ${JSON.stringify(body)}`);
    const shared = described.$ref?.split('/').at(-1);
    const { content } = shared === undefined ? described : (this.document.components.responses[shared] ?? {});
    const type = contentType?.split(';', 1)[0] ?? '';
    if (!content) {
      if (body !== '') throw new Error(`openapi.json describes no body of ${place}: ${JSON.stringify(body)}`);
      return;
    }
    if (!(type in content)) throw new Error(`openapi.json describes no ${type} of ${place}: ${JSON.stringify(body)}`);
    if (!type.endsWith('json')) return;
    const at =
      shared === undefined
        ? ['paths', route.path, route.method, 'responses', `${status}`]
        : ['components', 'responses', shared];
    this.expectValid(pointer(...at, 'content', type, 'schema'), body, place);
  }

  /** @throws Error if the value does not match the schema at that place of the document */
  expectValid(ref: string, value: unknown, place: string): void {
    const validate = this.ajv.getSchema(ref) as ValidateFunction;
    if (validate(value)) return;
    const errors = (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
    throw new Error(`${place} is not as openapi.json describes it: ${errors.join('; ')} in ${JSON.stringify(value)}`);
  }
}

const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '[^/]+')}/?$`);

/** Rejects fields that are not described. Schemas here do not combine others that have fields of their own. */
function withoutUnknownFields<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  const schema = value as { properties?: object; type?: unknown; additionalProperties?: unknown };
  if (schema.properties && schema.type === 'object') schema.additionalProperties ??= false;
  for (const inner of Object.values(value)) withoutUnknownFields(inner);
  return value;
}

export const latestContract = new Contract(openapi as unknown as Document);
