import { describe, expect, it } from 'vitest';
import { readable } from './pretty-log.js';

describe('a log entry at a terminal', () => {
  it('is one short line for a request', () => {
    const entry = { level: 'info', time: 'x', msg: 'request', request_id: 'req_1', method: 'GET', route: '/a/:id' };
    expect(readable({ ...entry, path: '/a/1', status: 404, duration_ms: 12.3 })).toBe('GET /a/1 404 12.3 ms');
    expect(readable({ ...entry, path: '/a/1', status: 499, duration_ms: 1, aborted: true })).toBe(
      'GET /a/1 499 1 ms (connection closed by the client)',
    );
  });

  it('shows a mail with its link on a line of its own', () => {
    const url = 'http://127.0.0.1:3000/auth/verify-email#token=x';
    const shown = readable({
      msg: 'mail: not sent, no SMTP_URL',
      to: 'ada@example.com',
      subject: 'Confirm your email address',
      text: `Please confirm.\n\n${url}\n\nIgnore it otherwise.\n`,
    });
    expect(shown.split('\n').map((line) => line.trim())).toEqual([
      'mail (shown here because SMTP_URL is not set)',
      'To:      ada@example.com',
      'Subject: Confirm your email address',
      '',
      'Please confirm.',
      '',
      url,
      '',
      'Ignore it otherwise.',
      '',
    ]);
  });

  it('keeps every other field, and the stack of an error', () => {
    const entry = { level: 'warn', time: 'x', msg: 'Redis is away', context: 'Redis', attempt: 2, at: { host: 'a' } };
    expect(readable(entry)).toBe('Redis is away attempt=2 at={"host":"a"}');
    expect(readable({ msg: 'failed', err: { stack: 'Error: x\n at y' } })).toBe('failed\n    Error: x\n     at y');
  });
});
