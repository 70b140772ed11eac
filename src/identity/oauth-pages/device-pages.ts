import { Html, html, type PageContent } from '../../platform/pages/index.js';

const SELF = ["'self'"];

/** @param form the form of oidc-provider with the id `op.deviceInputForm` */
export function devicePage(form: string, wasWrong: boolean): PageContent {
  return {
    title: 'Connect a device',
    isCard: true,
    formTargets: SELF,
    body: html`<h1>Connect a device</h1>
      ${
        wasWrong
          ? html`<p class="alert" role="alert">That code is wrong or has expired. Check it and try again.</p>`
          : html`<p>Enter the code that your device shows.</p>`
      }
      ${new Html(form)}
      <button type="submit" form="op.deviceInputForm">Continue</button>`,
  };
}

/** @param form the form of oidc-provider with the id `op.deviceConfirmForm` */
export function deviceConfirmationPage(form: string, clientName: string, userCode: string): PageContent {
  return {
    title: 'Connect a device',
    isCard: true,
    formTargets: SELF,
    body: html`<h1>Connect ${clientName}?</h1>
      <p>Your device should show this code:</p>
      <p><code>${userCode}</code></p>
      <p class="muted">If you did not start this, or the code differs, cancel.</p>
      ${new Html(form)}
      <button type="submit" form="op.deviceConfirmForm">Continue</button>
      <button type="submit" form="op.deviceConfirmForm" name="abort" value="yes" class="quiet">Cancel</button>`,
  };
}

export function deviceDonePage(clientName: string | undefined): PageContent {
  return {
    title: 'Device connected',
    isCard: true,
    body: html`<h1>Device connected</h1>
      <p>${clientName ?? 'The app'} can continue now. You can close this page.</p>`,
  };
}
