// An OpenAI-compatible model server that answers immediately, in a separate process.
import { startModelServer } from '../test/harness/model-server.mjs';

const server = await startModelServer();
server.script = { pieces: ['An', ' answer', ' of', ' five', ' pieces.'] };
process.send?.({ url: server.url });
process.once('disconnect', () => process.exit());
