import { describe, expect, it } from 'vitest';
import { missingIn } from './shell-examples.js';

const SHOWN = `HTTP/1.1 200 OK
Content-Type: text/event-stream; charset=utf-8

event: done
The library is open from 9 to 18.
data: {"id":"01a200c5-…","status":"complete"}
`;

const OUTPUT = `HTTP/1.1 200 OK
content-type: text/event-stream

event: done
The library is open from 9 to 18.
data: {"id":"01a300d6-0000","status":"complete","sources":[]}
`;

describe('what a page shows of an output', () => {
  it('is there if only changing values differ', () => expect(missingIn(OUTPUT, SHOWN)).toEqual([]));

  it.each([
    ['a header', 'content-type: text/event-stream\n', 'Content-Type:'],
    ['a line', 'event: done\n', 'event: done'],
    ['a sentence', 'The library is open from 9 to 18.\n', 'The library is open from 9 to 18.'],
    ['a key', '"status":"complete",', '"status":'],
  ])('is missing: %s', (_, part, fact) => expect(missingIn(OUTPUT.replace(part, ''), SHOWN)).toContain(fact));
});
