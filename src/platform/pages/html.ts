import { escapeMarkup } from '../text/index.js';

/** Markup that is safe to send. `html` creates it and escapes everything else. */
export class Html {
  constructor(private readonly markup: string) {}

  toString(): string {
    return this.markup;
  }
}

type Part = Html | string | number | undefined | readonly Part[];

/** A template of markup. Escapes texts, joins lists and omits undefined. */
export const html = (markup: TemplateStringsArray, ...parts: Part[]): Html =>
  new Html(String.raw({ raw: markup }, ...parts.map(markupOf)));

/** Converts a text in which `backticks` mark code. */
export const withCode = (text: string): Html =>
  html`${text.split(/`([^`]+)`/).map((part, index) => (index % 2 ? html`<code>${part}</code>` : part))}`;

function markupOf(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Html) return part.toString();
  return typeof part === 'object' ? part.map(markupOf).join('') : escapeMarkup(String(part));
}
