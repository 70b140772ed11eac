// The baseline of background tasks: a worker of Bull whose jobs do nothing.
import { openQueue } from './lib/bull.mjs';

const { REDIS_URL = '', QUEUE = '', CONCURRENCY } = process.env;
const { queue } = openQueue(QUEUE, REDIS_URL);
void queue.process(Number(CONCURRENCY), async () => undefined);
await queue.isReady();
process.send?.({ url: REDIS_URL });
process.once('disconnect', () => process.exit());
