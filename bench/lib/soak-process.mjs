import { Api } from './api.mjs';

const CALLERS = 16;

const [url = '', token = ''] = process.argv.slice(2);
let requests = 0;
let round = 0;

// When the benchmark ends for any reason, this process ends, too.
process.once('disconnect', () => process.exit());
setInterval(() => process.send?.({ requests }), 500);

for (let caller = 0; caller < CALLERS; caller += 1) void call(new Api(url, token));

/**
 * The day of a program: many reads, some questions and writes, and everything created is deleted.
 *
 * @param {Api} api
 */
async function call(api) {
  try {
    for (;;) {
      const number = (round += 1);
      const { body: conversation } = await api.post('/api/v1/conversations', { title: `Order ${number}` });
      for (let times = 0; times < 4; times += 1) await api.get('/api/v1/conversations?limit=20');
      await api.get(`/api/v1/conversations/${conversation.id}`);
      await api.post('/api/v1/chat', {
        message: `When is order ${number} returned?`,
        conversation_id: conversation.id,
      });
      await api.timeToEvent('/api/v1/chat/stream', { message: `Is order ${number} open?` }, 'event: done');
      await api.get('/api/v1/request-logs?limit=20');
      await api.get('/api/v1/system/models');
      await api.delete(`/api/v1/conversations/${conversation.id}`);
      requests += 11;
    }
  } catch (error) {
    process.send?.({ requests, problem: String(error instanceof Error ? error.message : error) });
  }
}
