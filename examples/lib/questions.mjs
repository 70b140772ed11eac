/**
 * @typedef {object} Question
 * @property {string} text
 * @property {'follow-up' | 'streamed' | 'unanswerable'} [kind]
 */

/** @type {Question[]} */
export const questions = [
  { text: 'What is the default body limit in fastify?' },
  { text: 'What does the trustProxy option do?' },
  { text: 'What is its default?', kind: 'follow-up' },
  { text: 'What does reply.hijack do?' },
  { text: 'What is encapsulation?' },
  { text: 'Which validator does fastify use by default?' },
  { text: 'What is the default log level?' },
  { text: 'How does ioredis queue commands while it is offline?', kind: 'streamed' },
  { text: 'Does autocannon support HTTP pipelining?' },
  { text: 'How do I configure a Kafka consumer group?', kind: 'unanswerable' },
];
