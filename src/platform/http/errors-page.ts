import { type Html, html, withCode, type PageContent } from '../pages/index.js';
import type { ErrorListDto, ErrorPageDto } from './errors.dto.js';

/** Sections of an error's page, in order: field -> heading. */
const CHAPTERS = { cause: 'Cause', remedy: 'Remedy' };

export const errorListPage = ({ data }: ErrorListDto): PageContent => ({
  title: 'Errors',
  body: html`<h1>Errors</h1>
    <p class="lead">Every error is a problem document (RFC 9457). Its <code>code</code> is one of these.</p>
    <ul class="rows">
      ${data.map(
        ({ slug, status, code, message }) =>
          html`<li>
            <span class="tag">${status}</span><a href="/errors/${slug}">${code}</a>
            <p>${withCode(message)}</p>
          </li>`,
      )}
    </ul>`,
});

export const errorPage = (error: ErrorPageDto): PageContent => ({
  title: error.title,
  body: html`<p><a href="/errors">All errors</a></p>
    <h1>${error.title}</h1>
    <p><span class="tag">${error.status}</span> <code>${error.code}</code></p>
    ${Object.entries(CHAPTERS).map(([field, heading]) => chapter(heading, error[field as keyof typeof CHAPTERS]))}
    <section>
      <h2>Example</h2>
      <pre tabindex="0"><code>${JSON.stringify(error.example, null, 2)}</code></pre>
    </section>`,
});

const chapter = (heading: string, text: string): Html =>
  html`<section>
    <h2>${heading}</h2>
    <p>${withCode(text)}</p>
  </section>`;
