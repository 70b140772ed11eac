// The baseline of background tasks: a worker of Bull whose jobs do nothing.
import Queue from 'bull';

const { REDIS_URL = '', QUEUE = '', CONCURRENCY } = process.env;
const queue = new Queue(QUEUE, REDIS_URL);
void queue.process(Number(CONCURRENCY), async () => undefined);
await queue.isReady();
process.send?.({ url: REDIS_URL });
process.once('disconnect', () => process.exit());
