// Builds the server if its sources have changed, and records it, so that `npm test` does not build it again.
import { prepareCheckout } from './lib/checkout.mjs';

await prepareCheckout({ build: true, signal: new AbortController().signal });
