import { nameIn, operationsIn, walk, type Description } from './description.js';

/** The chapters of the document, in order. */
export const TAGS: Record<string, string> = {
  Chat: 'Ask questions and get answers with cited sources, whole or as a stream.',
  Conversations: 'Read and manage conversations, and add messages and notes to them.',
  Knowledge: 'Manage and search the documents that answers rest on.',
  Tasks: 'Submit long work, follow it and read its results.',
  'Data sources': 'Upload tables that tasks analyze, and see what they hold.',
  Authentication: 'Register, sign in, and manage sessions, passwords and email addresses.',
  Account: 'Read, change and delete your own account.',
  Organizations: 'Manage the organizations that you belong to.',
  Members: 'Invite people to the organization, change their roles and remove them.',
  'API keys': 'Manage the credentials of programs. Test keys work in a sandbox, apart from live data.',
  'Plans and quotas': 'See what each plan includes and how much of it is used.',
  Notifications: 'Read notifications and mark them as read.',
  'Audit log': 'See who changed what, when and from where.',
  'Request logs': 'Find single requests and their outcome.',
  System: 'See which models this server offers.',
  OAuth: 'Verify access tokens that this server issued.',
  Admin: 'Manage all accounts and organizations of this server. For superusers only.',
  Versions: 'See how the API has changed and which versions are deprecated.',
  Errors: 'Look up what an error code means and how to resolve it.',
  Health: 'Check the health and metrics of this server. For load balancers and monitoring.',
};

export const SUMMARY =
  'Parlance turns a model and a set of documents into a public API: chat with cited sources, and the accounts, API keys, plans and limits to open it to others.';

const oneLine = (text: string): string => text.replace(/(?<!\n)\n(?!\n)/g, ' ').trim();

/**
 * Splits the comment of a handler: the first paragraph is the summary, the rest the description. Line breaks within a paragraph
 * mean nothing.
 */
export function splitSummaries(description: Description): void {
  walk(description, (object) => {
    if (typeof object['description'] === 'string') object['description'] = oneLine(object['description']);
  });
  for (const { operation } of operationsIn(description)) {
    const [summary = '', ...paragraphs] = oneLine(operation.summary ?? '').split('\n\n');
    operation.summary = summary;
    const rest = [...paragraphs, operation.description ?? ''].filter((paragraph) => paragraph !== '');
    operation.description = rest.join('\n\n') || `${summary}.`;
  }
}

/** Sorts by chapter; within a chapter, the order of the code is kept. */
export function sortByTag(description: Description): void {
  const chapters = Object.keys(TAGS);
  const places = Object.entries(description.paths).map(([path, methods]) => {
    const tag = Object.values(methods)[0]?.tags?.[0] ?? '';
    if (!chapters.includes(tag))
      throw new Error(`${path} has the tag ${tag}, which src/openapi/texts.ts does not describe.`);
    return { path, methods, chapter: chapters.indexOf(tag) };
  });
  places.sort((one, other) => one.chapter - other.chapter);
  description.paths = Object.fromEntries(places.map(({ path, methods }) => [path, methods]));
}

/** Sorts the schemas, so that a new class does not move others in the file. */
export function sortSchemas({ components }: Description): void {
  const schemas = Object.entries(components.schemas).sort(([one], [other]) => (one < other ? -1 : 1));
  components.schemas = Object.fromEntries(schemas);
}

/**
 * Moves the defaults of request bodies into their descriptions: client generators treat a field with a default as always
 * present, and would require it from every caller.
 */
export function tellDefaults(description: Description): void {
  const { schemas } = description.components;
  const bodies = operationsIn(description).map(({ operation }) => operation.requestBody?.content);
  walk(bodies, ({ $ref }) => {
    const { properties = {} } = schemas[nameIn(String($ref)) ?? ''] ?? {};
    for (const property of Object.values(properties)) {
      if (property.default === undefined) continue;
      const told = `Default: \`${JSON.stringify(property.default).replaceAll('"', '')}\`.`;
      property.description = property.description ? `${property.description} ${told}` : told;
      delete property.default;
    }
  });
}
