import { afterAll, vi } from 'vitest';

// The next file in this process finds everything as it was loaded.
afterAll(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});
