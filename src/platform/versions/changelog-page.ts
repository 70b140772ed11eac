import { type Html, html, withCode, type PageContent } from '../pages/index.js';
import type { ApiVersion, VersionChange, VersionTable } from './version-table.js';

/**
 * The history of the API as a page.
 * @param addressOf method and path of an operation
 */
export const changelogPage = (table: VersionTable, addressOf: (operation: string) => string): PageContent => ({
  title: 'API changelog',
  body: html`<h1>API changelog</h1>
    <p class="lead">What each version of the API changed, newest first.</p>
    <p>
      Choose a version per request with <code>API-Version: YYYY-MM-DD</code>. Without this header, an API key uses the
      version that was the latest when it was created; all other requests use the latest.
    </p>
    ${[...table].reverse().map((entry, index) => chapter(entry, index === 0, addressOf))}`,
});

function chapter(
  { version, changes, deprecatedAt, sunsetAt }: ApiVersion,
  isLatest: boolean,
  addressOf: (operation: string) => string,
): Html {
  const until = sunsetAt ? ` Requests for it fail from ${day(sunsetAt)}.` : '';
  return html`<section>
    <h2 id="${version}">${version}</h2>
    ${isLatest ? html`<p><span class="tag">Latest</span></p>` : undefined}
    ${deprecatedAt === undefined ? undefined : html`<p class="note">Deprecated since ${day(deprecatedAt)}.${until}</p>`}
    ${changes.length > 0 ? changes.map((change) => item(change, addressOf)) : html`<p>The first version.</p>`}
  </section>`;
}

const item = ({ title, description, operations }: VersionChange, addressOf: (operation: string) => string): Html =>
  html`<section class="panel">
    <h3>${title}</h3>
    <p>${withCode(description)}</p>
    <ul>
      ${operations.map((operation) => html`<li><code>${addressOf(operation)}</code></li>`)}
    </ul>
  </section>`;

const day = (time: string): string => time.slice(0, 10);
