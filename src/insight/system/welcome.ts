import { html, type PageContent } from '../../platform/pages/index.js';

/** What this server offers besides its operations: names with their paths, and documentation. */
const PLACES = {
  documentation: { path: '/docs', title: 'Documentation', text: 'Try every endpoint in your browser.' },
  reference: { path: '/redoc', title: 'Reference', text: 'Read about every endpoint, field and error.' },
  openapi: { path: '/openapi.json', title: 'OpenAPI', text: 'Generate a client from the description.' },
  changelog: { path: '/changelog', title: 'Changelog', text: 'See what each version of the API changed.' },
  errors: { path: '/errors', title: 'Errors', text: 'Look up what an error code means and what to do.' },
  health: { path: '/health', title: 'Health', text: 'Check that the service is up.' },
};

/** The response of `GET /` to programs. */
export interface Welcome {
  /** Name of this installation. */
  name: string;
  url: string;
  links: Record<keyof typeof PLACES, string>;
}

export function welcomeOf(name: string, url: string): Welcome {
  const links = Object.entries(PLACES).map(([place, { path }]) => [place, `${url}${path}`]);
  return { name, url, links: Object.fromEntries(links) as Welcome['links'] };
}

export const welcomePage = ({ name, url }: Welcome): PageContent => ({
  title: name,
  body: html`<h1>Welcome to ${name}</h1>
    <p class="lead">An API that answers questions from documents and cites its sources.</p>
    <ul class="links">
      ${Object.values(PLACES).map(
        ({ path, title, text }) =>
          html`<li>
            <a href="${path}"><strong>${title}</strong><span>${text}</span></a>
          </li>`,
      )}
    </ul>
    <section>
      <h2>Ask a question</h2>
      <p>
        <a href="/redoc#tag/Authentication">Create an account and sign in</a>, create an API key, then send your first
        request:
      </p>
      <pre tabindex="0" role="region" aria-label="Example request"><code>curl ${url}/api/v1/chat \\
  -H "Authorization: Bearer $API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"message": "Within how many days can goods be returned?"}'</code></pre>
    </section>`,
});
