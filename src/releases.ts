import type { VersionTable } from './platform/versions/index.js';

/** The versions of the API, oldest first, and how long each is served. versions.ts has the changes of each. */
export const releases: VersionTable = [
  {
    version: '2025-01-29',
    changes: [],
    deprecatedAt: '2026-11-22T00:00:00Z',
    sunsetAt: '2027-11-22T00:00:00Z',
  },
  { version: '2026-11-22', changes: [] },
];
