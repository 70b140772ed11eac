import { renameFields, type Json, type VersionChange } from '../../platform/versions/index.js';

export const chatsNameTheirConversation: VersionChange = {
  title: 'A chat names its conversation',
  description:
    'What was `session_id`, in requests, answers and the `done` event of a stream, is `conversation_id`: the id of a conversation under `/api/v1/conversations`. The text of an answer stands in `content`, no longer in `response`.',
  operations: ['chat.create', 'chat.stream', 'chat.resume'],
  request: { renamed: { session_id: 'conversation_id' } },
  answer: renameFields({ conversation_id: 'session_id', content: 'response' }),
  event: (data, event) => (event === 'done' ? renameFields({ conversation_id: 'session_id' })(data) : data),
};

/** Every part of an answer was called the same before. */
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
  title: 'An answer says how it ended',
  description:
    'An answer has a `finish_reason`. One that the model cut at a limit of tokens has the `status` `truncated`, one that a filter stopped `filtered`; `interrupted` is left for those that broke off.',
  operations: [
    'chat.create',
    'chat.stream',
    'chat.resume',
    'conversations.get',
    'conversations.listMessages',
    'conversations.getMessage',
    'conversations.createMessage',
  ],
  answer: withPlainStatuses,
  event: (data, event) => (event === 'done' ? withPlainStatus(data) : data),
};
