import { type Html, html } from '../../platform/pages/index.js';
import type { InteractionForm } from './interaction-form.js';

/** Which app asks, and who made it. */
export function appHeader({ clientName, clientUrl, clientHost }: InteractionForm, owner: string | undefined): Html {
  const [initial = '?'] = clientName;
  const homepage =
    clientUrl && !clientHost && html`<a href="${clientUrl}" rel="noreferrer">${new URL(clientUrl).host}</a>`;
  return html`<div class="app">
    <span class="initial" aria-hidden="true">${initial.toUpperCase()}</span>
    <div>
      <h1>${clientName} wants to act for you</h1>
      ${makerOf(clientHost, owner)} ${homepage ? html`<p>${homepage}</p>` : undefined}
    </div>
  </div>`;
}

function makerOf(clientHost: string | undefined, owner: string | undefined): Html {
  if (owner) return html`<p class="muted">By <strong>${owner}</strong></p>`;
  if (!clientHost) return html`<p class="muted">This app registered itself. Allow it only if you know it.</p>`;
  // The name is what the app says of itself, so it must not be all that the person sees.
  return html`<p class="host">From <strong>${clientHost}</strong></p>
    <p class="muted">The app chose its name itself. Allow it only if you know this website.</p>`;
}

/** The name of an app, with the website of one that nobody registered. */
export const nameOf = ({ clientName, clientHost }: Pick<InteractionForm, 'clientName' | 'clientHost'>): Html =>
  html`<strong>${clientName}</strong>${clientHost ? html` from <strong>${clientHost}</strong>` : undefined}`;
