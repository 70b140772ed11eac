import { operationsIn, nameIn, refTo, schemasBehind, walk, type Description } from './description.js';

/** Schema names that do not follow the rule of `nameSchemas`, by class name without `Dto`. */
export const SCHEMA_NAMES: Record<string, string> = {
  Alive: 'Liveness',
  ChatDone: 'MessageWithoutContent',
  CreateKnowledge: 'CreateKnowledgeEntryRequest',
  EraseAccount: 'DeleteAccountRequest',
  ErrorEnvelope: 'ErrorBody',
  ErrorPage: 'ErrorCodeInfo',
  ErrorList: 'ErrorCodeList',
  FoundPassage: 'SearchResult',
  FoundPassages: 'SearchResults',
  Jwk: 'JsonWebKey',
  Jwks: 'JsonWebKeySet',
  Knowledge: 'KnowledgeEntry',
  KnowledgePage: 'KnowledgeEntryPage',
  KnowledgeWithContent: 'KnowledgeEntryWithContent',
  MarkedRead: 'MarkReadResult',
  Models: 'ModelList',
  NotificationsPage: 'NotificationPage',
  Plan: 'PlanDetails',
  Plans: 'PlanList',
  PostMessage: 'CreateMessageRequest',
  ProblemField: 'FieldError',
  Quotas: 'QuotaList',
  RequestLog: 'RequestLogEntry',
  RequestLogPage: 'RequestLogEntryPage',
  RequestLogWithBodies: 'RequestLogEntryWithBodies',
  Tokens: 'TokenUsage',
  UpdateKnowledge: 'UpdateKnowledgeEntryRequest',
  Usage: 'ApiKeyUsage',
  Version: 'ApiVersion',
  VersionChange: 'ApiVersionChange',
  VersionList: 'ApiVersionList',
};

/**
 * Names schemas for API users: without `Dto`, and the body of a request as `…Request`.
 * @param exceptions names that do not follow this rule, by class name without `Dto`
 * @throws Error if two classes would have the same name, or if there is no class of an exception
 */
export function nameSchemas(description: Description, exceptions: Record<string, string>): void {
  const { schemas } = description.components;
  const bodies = operationsIn(description).map(({ operation }) => operation.requestBody?.content);
  const inRequests = schemasBehind(bodies, description);
  const nameOf = (name: string): string => {
    const plain = plainName(name);
    return exceptions[plain] ?? (inRequests.has(name) ? `${plain}Request` : plain);
  };
  const names = new Map(Object.keys(schemas).map((name) => [name, nameOf(name)]));
  if (new Set(names.values()).size !== names.size) throw new Error('Two classes have the same schema name.');
  const classes = new Set(Object.keys(schemas).map(plainName));
  const unused = Object.keys(exceptions).filter((name) => !classes.has(name));
  if (unused.length > 0) throw new Error(`There are no classes with these names: ${unused.join(', ')}.`);
  walk(description, (object) => {
    const name = typeof object['$ref'] === 'string' ? nameIn(object['$ref']) : undefined;
    if (name !== undefined) object['$ref'] = refTo(names.get(name) ?? name);
  });
  const renamed = Object.entries(schemas).map(([name, schema]) => [names.get(name) as string, schema]);
  description.components.schemas = Object.fromEntries(renamed) as Description['components']['schemas'];
}

const plainName = (name: string): string => name.replace(/Dto$/, '');
