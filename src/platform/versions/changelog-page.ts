import type { ApiVersion, VersionChange, VersionTable } from './version-table.js';

/**
 * The history of the API as a page.
 * @param addressOf method and path of an operation
 */
export function changelogPage(table: VersionTable, addressOf: (operation: string) => string): string {
  const chapters = [...table].reverse().map((entry) => chapter(entry, addressOf));
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Parlance API changelog</title>
    <style>
      body { margin: 2rem auto; max-width: 44rem; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; color-scheme: light dark }
      code { font-size: 0.9em }
      .deprecated { border-left: 0.25rem solid #b45309; padding-left: 0.75rem }
    </style>
  </head>
  <body>
    <h1>API changelog</h1>
    <p>
      Name a version per request with <code>API-Version: YYYY-MM-DD</code>. Without it an API key gets the version that was the
      latest when it was made, anybody else the latest. <a href="/docs">Reference</a>
    </p>
${chapters.join('\n')}
  </body>
</html>
`;
}

function chapter(
  { version, changes, deprecatedAt, sunsetAt }: ApiVersion,
  addressOf: (operation: string) => string,
): string {
  const until = sunsetAt ? `; not served any more from ${day(sunsetAt)}` : '';
  const deprecated = deprecatedAt ? `<p class="deprecated">Deprecated since ${day(deprecatedAt)}${until}.</p>` : '';
  const items = changes.map((change) => item(change, addressOf)).join('\n');
  return `    <h2 id="${version}">${version}</h2>
    ${deprecated}
    ${items || '<p>The first version.</p>'}`;
}

function item({ title, description, operations }: VersionChange, addressOf: (operation: string) => string): string {
  const addresses = operations.map((operation) => `<li><code>${escape(addressOf(operation))}</code></li>`).join('');
  const text = escape(description).replace(/`([^`]+)`/g, '<code>$1</code>');
  return `<h3>${escape(title)}</h3><p>${text}</p><ul>${addresses}</ul>`;
}

const day = (time: string): string => time.slice(0, 10);

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escape = (text: string): string => text.replace(/[&<>"]/g, (character) => ENTITIES[character] as string);
