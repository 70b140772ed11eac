import { describe, expect, it } from 'vitest';
import { confidenceOf } from './extractive-confidence.js';

const passages = [
  { id: 1, title: 'Tower', text: 'The tower is 300 metres tall. It was painted in spring. Many people like it.' },
  { id: 2, title: 'Lift', text: 'The lift of the tower carries 60 people.' },
];
const confidence = (question: string, text: string): number =>
  confidenceOf([question], passages, [{ passageId: 1, text }]);

describe('confidence', () => {
  it('is high if a quote covers the question in the required form', () => {
    expect(confidence('How tall is the tower?', 'The tower is 300 metres tall.')).toBeGreaterThanOrEqual(0.9);
  });

  it('is low if it covers little of the question, or in another form', () => {
    expect(confidence('How tall is the tower?', 'Many people like it.')).toBeLessThan(0.5);
    expect(confidence('When was the tower opened?', 'The tower is 300 metres tall.')).toBeLessThan(0.6);
  });

  it('is that of the weakest part of the question', () => {
    const question = 'How tall is the tower, and who designed the garden?';
    expect(confidence(question, 'The tower is 300 metres tall.')).toBeLessThan(0.5);
  });

  it('is 0 without sources', () => {
    expect(confidenceOf(['How tall is the tower?'], passages, [])).toBe(0);
  });
});
