import { ExpressionError, parseExpression } from './expression.js';
import { splitName } from './metrics.js';
import { parsePeriod } from './period-request.js';

export const LIMITS = { metrics: 12, dimensions: 8, filters: 20, values: 100, text: 500, period: 60 };

type Problem = string | undefined;

const isText = (value: unknown, maxLength = LIMITS.text): value is string =>
  typeof value === 'string' && value.trim().length > 0 && value.length <= maxLength && !value.includes('\0');

const isScalar = (value: unknown): boolean =>
  isText(value) || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const RULES: Record<string, (value: unknown) => Problem> = {
  time_period: (value) =>
    isText(value, LIMITS.period) && parsePeriod(value)
      ? undefined
      : 'must be a period such as "2024", "Q4_2024", "2024-11", "last quarter", "last 30 days", "2024-01-01 to 2024-03-31" or "all"',
  metrics: (value) =>
    listProblem(value, LIMITS.metrics) ?? (value as string[]).map(metricProblem).find((problem) => problem),
  dimensions: (value) => listProblem(value, LIMITS.dimensions),
  filters: (value) => {
    if (!isObject(value) || Object.keys(value).length > LIMITS.filters) {
      return `must be an object with up to ${LIMITS.filters} columns`;
    }
    const wrong = Object.entries(value).find(([name, filter]) => !isText(name) || !isFilter(filter));
    return (
      wrong &&
      `has an invalid value for "${wrong[0].slice(0, 50)}": use a value, a list of up to ${LIMITS.values} values, or an object with "min", "max" or both`
    );
  },
};

/** What is wrong with the parameters of an analysis, if anything. */
export function parametersProblem(value: unknown): Problem {
  if (!isObject(value)) return 'must be an object';
  for (const [name, given] of Object.entries(value)) {
    const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined;
    if (!rule) return `has an unknown field "${name.slice(0, 50)}"; use ${Object.keys(RULES).join(', ')}`;
    const problem = given === undefined ? undefined : rule(given);
    if (problem) return `${name} ${problem}`;
  }
  return undefined;
}

function listProblem(value: unknown, max: number): Problem {
  const isList = Array.isArray(value) && value.length > 0 && value.length <= max && value.every((item) => isText(item));
  return isList ? undefined : `must be a list of 1 to ${max} texts`;
}

/** Only expressions can be judged without the data. */
function metricProblem(metric: string): Problem {
  const { text } = splitName(metric);
  if (!/[()=]/.test(text)) return undefined;
  try {
    parseExpression(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return `has an expression that cannot be read, "${metric.slice(0, 80)}": ${error.message}`;
  }
}

function isFilter(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.length <= LIMITS.values && value.every(isScalar);
  if (!isObject(value)) return isScalar(value);
  const { min, max, ...others } = value;
  const bounds = [min, max].filter((bound) => bound !== undefined);
  return (
    Object.keys(others).length === 0 &&
    bounds.length > 0 &&
    bounds.every((bound) => isScalar(bound) && typeof bound !== 'boolean')
  );
}
