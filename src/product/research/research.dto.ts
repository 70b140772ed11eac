import { ApiExtraModels, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { ValidateBy } from 'class-validator';
import { MayBeOmitted, OneOf, Prose } from '../../platform/validation/index.js';
import { RESEARCH_SCOPES, type ResearchScope } from './research.types.js';

const MAX_COLLECTIONS = 50;
const MAX_NAME = 63;
const MAX_METADATA = 10;
const MAX_VALUE = 500;

const RULE =
  `must be a list of up to ${MAX_COLLECTIONS} names of collections, or an object with such a list as \`collections\`, ` +
  `up to ${MAX_METADATA} pairs of text as \`metadata\`, and \`web\` as true or false`;

/** Which documents are read. */
export class ResearchSourcesDto {
  /** Only documents in one of these collections. */
  @ApiPropertyOptional({ type: [String], maxItems: MAX_COLLECTIONS, example: ['policies'] })
  collections?: string[];

  /** Only documents whose metadata have all of these values. */
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string', maxLength: MAX_VALUE },
    maxProperties: MAX_METADATA,
    example: { language: 'en' },
  })
  metadata?: Record<string, string>;

  /** Also what the operator's search engine shows of pages on the web. The questions are sent to it. */
  @ApiPropertyOptional({ type: Boolean, default: false })
  web?: boolean;
}

@ApiExtraModels(ResearchSourcesDto)
export class ResearchDto {
  /** What to research: a subject, a question, or several. */
  @Prose(2_000, { example: 'Latest trends in artificial intelligence' })
  topic: string;

  /** How many questions are asked, and how many passages are read for each: 3 and 8, 8 and 12, or 16 and 20. */
  @MayBeOmitted()
  @OneOf(RESEARCH_SCOPES, { required: false, default: 'standard', example: 'comprehensive' })
  scope: ResearchScope = 'standard';

  /** Names of collections, or a filter. All documents by default. The results name collections that do not exist. */
  @ApiPropertyOptional({
    oneOf: [
      { type: 'array', items: { type: 'string', minLength: 1, maxLength: MAX_NAME }, maxItems: MAX_COLLECTIONS },
      { $ref: getSchemaPath(ResearchSourcesDto) },
    ],
    example: ['academic', 'industry', 'news'],
  })
  @MayBeOmitted()
  @ValidateBy({ name: 'areSources', validator: { validate: areSources, defaultMessage: () => RULE } })
  sources?: string[] | ResearchSourcesDto;
}

function areSources(value: unknown): boolean {
  if (Array.isArray(value)) return areNames(value);
  if (!isObject(value)) return false;
  const { collections, metadata, web, ...others } = value;
  return (
    Object.keys(others).length === 0 &&
    (collections === undefined || areNames(collections)) &&
    (metadata === undefined || arePairs(metadata)) &&
    (web === undefined || typeof web === 'boolean')
  );
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const isText = (value: unknown, maxLength: number): boolean =>
  typeof value === 'string' && value.length > 0 && value.length <= maxLength && !value.includes('\0');

const areNames = (value: unknown): boolean =>
  Array.isArray(value) && value.length <= MAX_COLLECTIONS && value.every((name) => isText(name, MAX_NAME));

function arePairs(value: unknown): boolean {
  if (!isObject(value) || Array.isArray(value)) return false;
  const pairs = Object.entries(value);
  return pairs.length <= MAX_METADATA && pairs.every(([key, text]) => isText(key, MAX_NAME) && isText(text, MAX_VALUE));
}
