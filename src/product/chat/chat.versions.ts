import { renameFields, type VersionChange } from '../../platform/versions/index.js';

export const chatsNameTheirConversation: VersionChange = {
  title: 'A chat names its conversation',
  description:
    'What was `session_id`, in requests, answers and the `done` event of a stream, is `conversation_id`: the id of a conversation under `/api/v1/conversations`. The text of an answer stands in `content`, no longer in `response`.',
  operations: ['Chat_answer', 'Chat_stream', 'Chat_resume'],
  request: { renamed: { session_id: 'conversation_id' } },
  answer: renameFields({ conversation_id: 'session_id', content: 'response' }),
  event: (data, event) => (event === 'done' ? renameFields({ conversation_id: 'session_id' })(data) : data),
};
