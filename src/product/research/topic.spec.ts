import { describe, expect, it } from 'vitest';
import { readTopic } from './topic.js';

describe('readTopic', () => {
  it.each<[string, string, string, string[]]>([
    ['en', 'Latest trends in artificial intelligence', 'artificial intelligence', []],
    ['en', 'Please research the returns policy.', 'returns policy', []],
    ['en', 'Returns', 'Returns', []],
    ['en', 'returns and refunds', 'returns and refunds', ['returns', 'refunds']],
    [
      'en',
      'costs, risks and benefits of trains',
      'costs, risks and benefits of trains',
      ['costs of trains', 'risks of trains', 'benefits of trains'],
    ],
    [
      'en',
      'limits of uploads and downloads',
      'limits of uploads and downloads',
      ['limits of uploads', 'limits of downloads'],
    ],
    ['en', 'Overview of trains versus planes', 'trains versus planes', ['trains', 'planes']],
    ['en', 'how backups work with PostgreSQL', 'how backups work with PostgreSQL', ['PostgreSQL']],
    [
      'en',
      'How long do refunds take? Who pays the postage?',
      'How long do refunds take? Who pays the postage',
      ['How long do refunds take', 'Who pays the postage'],
    ],
    ['de', 'Aktuelle Entwicklungen in der Medizin', 'Medizin', []],
    [
      'de',
      'Rückgabe und Umtausch von Waren',
      'Rückgabe und Umtausch von Waren',
      ['Rückgabe von Waren', 'Umtausch von Waren'],
    ],
    ['fr', 'Dernières tendances en agriculture', 'agriculture', []],
    ['es', 'Últimas tendencias en agricultura', 'agricultura', []],
  ])('%s: %s', (language, topic, core, parts) => {
    expect(readTopic(topic, language)).toEqual({ core, parts });
  });

  it('keeps a topic that consists of such words only', () => {
    expect(readTopic('Trends', 'en').core).toBe('Trends');
  });

  it('cuts a long topic to what can be searched', () => {
    const { core, parts } = readTopic(`${'word '.repeat(380).trim()}. Second sentence about refunds.`, 'en');
    expect(Math.max(core.length, ...parts.map(({ length }) => length))).toBeLessThanOrEqual(300);
    expect(parts).toContain('Second sentence about refunds');
  });
});
