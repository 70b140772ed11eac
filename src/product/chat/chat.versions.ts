import { renameFields, type Json, type VersionChange } from '../../platform/versions/index.js';

export const chatsNameTheirConversation: VersionChange = {
  title: 'Chat uses conversation ids',
  description:
    '`session_id` is now `conversation_id` in requests, responses and the `done` event of a stream. It is the id of a conversation under `/api/v1/conversations`. The text of an answer moved from `response` to `content`.',
  operations: ['chat.create', 'chat.stream', 'chat.resume'],
  request: { renamed: { session_id: 'conversation_id' } },
  answer: renameFields({ conversation_id: 'session_id', content: 'response' }),
  event: (data, event) => (event === 'done' ? renameFields({ conversation_id: 'session_id' })(data) : data),
};

/** In older versions every partial answer had the same status. */
const withPlainStatus = ({ finish_reason: _reason, ...message }: Json): Json => ({
  ...message,
  ...(message['role'] === 'assistant' && message['status'] !== 'complete' && { status: 'interrupted' }),
});

/** A message, a page of messages or a conversation with messages. */
function withPlainStatuses(body: Json): Json {
  const list = ['data', 'messages'].find((name) => Array.isArray(body[name]));
  return list ? { ...body, [list]: (body[list] as Json[]).map(withPlainStatus) } : withPlainStatus(body);
}

export const answersSayHowTheyEnded: VersionChange = {
  title: 'Answers have a finish reason',
  description:
    'Answers have a `finish_reason`. The new `status` `truncated` means that the model reached a token limit, and `filtered` that a content filter stopped it. `interrupted` now only means that the answer was cut off.',
  operations: [
    'chat.create',
    'chat.stream',
    'chat.resume',
    'conversations.get',
    'conversations.listMessages',
    'conversations.getMessage',
    'conversations.createMessage',
  ],
  newWords: { status: ['truncated', 'filtered'] },
  answer: withPlainStatuses,
  event: (data, event) => (event === 'done' ? withPlainStatus(data) : data),
};
