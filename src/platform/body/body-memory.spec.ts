import { expect, it } from 'vitest';
import { BodyMemory, MAX_SUBJECT_BYTES, MAX_TOTAL_BYTES } from './body-memory.js';

it('limits one subject to its share and leaves room for others', () => {
  const memory = new BodyMemory();
  memory.take('one', MAX_SUBJECT_BYTES);
  expect(memory.take('one', 1)).toMatchObject({ code: 'TOO_MANY_CONCURRENT' });
  expect(memory.take('other', 1)).toBeUndefined();
  memory.release('one', MAX_SUBJECT_BYTES);
  expect(memory.take('one', MAX_SUBJECT_BYTES)).toBeUndefined();
});

it('limits all subjects together to the total', () => {
  const memory = new BodyMemory();
  const subjects = Array.from({ length: MAX_TOTAL_BYTES / MAX_SUBJECT_BYTES }, (_, n) => `subject ${n}`);
  subjects.forEach((subject) => memory.take(subject, MAX_SUBJECT_BYTES));
  expect(memory.take('late', 1)).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  memory.release('subject 0', 10);
  expect(memory.take('late', 10)).toBeUndefined();
  expect(memory.take('late', 1)).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
});
