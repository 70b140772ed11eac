import { expect, it } from 'vitest';
import { describeRange } from './estimated-duration.js';

it.each([
  [0.01, 0.2, 'about 1 second'],
  [0.4, 3.2, '1-4 seconds'],
  [12, 12, 'about 12 seconds'],
  [5, 89, '5-89 seconds'],
  [20, 90, '1-2 minutes'],
  [300, 600, '5-10 minutes'],
  [600, 600, 'about 10 minutes'],
  [600, 5400, '1-2 hours'],
  [3600, 3600, 'about 60 minutes'],
])('%d to %d seconds is %s', (shorter, longer, text) => expect(describeRange(shorter, longer)).toBe(text));
