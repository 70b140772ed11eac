import { describe, expect, it } from 'vitest';
import { html, withCode } from './html.js';

describe('html', () => {
  it('escapes text but not markup', () => {
    const inner = html`<b>${`<"&'>`}</b>`;
    expect(String(html`<p title="${'"'}">${inner}${1}</p>`)).toBe(
      '<p title="&quot;"><b>&lt;&quot;&amp;&#39;&gt;</b>1</p>',
    );
  });

  it('joins lists and omits undefined', () => {
    expect(String(html`${['<', html`<i></i>`, undefined, ['>']]}`)).toBe('&lt;<i></i>&gt;');
  });

  it('accepts no object that only looks like markup', () => {
    const forged = { markup: '<script>', toString: () => '<script>' } as unknown as string;
    expect(() => String(html`${forged}`)).toThrow();
  });
});

describe('withCode', () => {
  it('marks text between backticks', () => {
    expect(String(withCode('Send `a<b` and `c`.'))).toBe('Send <code>a&lt;b</code> and <code>c</code>.');
  });

  it('keeps a lone backtick', () => {
    expect(String(withCode('One ` only'))).toBe('One ` only');
  });
});
