import type { VersionChange } from '../../platform/versions/index.js';

type Fields = Parameters<NonNullable<VersionChange['answer']>>[0];

const withoutSuggestions = ({ suggestions: _suggestions, ...message }: Fields): Fields => message;

/** A message, a page of messages or a conversation with messages. */
function withoutAnySuggestions(body: Fields): Fields {
  const list = ['data', 'messages'].find((name) => Array.isArray(body[name]));
  return list ? { ...body, [list]: (body[list] as Fields[]).map(withoutSuggestions) } : withoutSuggestions(body);
}

export const refusalsSuggest: VersionChange = {
  title: 'Answers have suggestions',
  description:
    'Answers have `suggestions`. If the documents hold no answer, they contain the closest passages in the form of sources.',
  operations: [
    'chat.create',
    'chat.stream',
    'chat.resume',
    'conversations.get',
    'conversations.listMessages',
    'conversations.getMessage',
    'conversations.createMessage',
  ],
  answer: withoutAnySuggestions,
  event: (data, event) => (event === 'done' ? withoutSuggestions(data) : data),
};
