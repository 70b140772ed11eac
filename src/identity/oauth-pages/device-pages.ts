import { type Html, html, type PageContent } from '../../platform/pages/index.js';
import { alertOf, fieldOf, titleOf, type InteractionForm, type Refusal } from './interaction-form.js';

/** What the forms about a device need. */
export interface DeviceForm {
  path: string;
  xsrf: string;
}

const SELF = ["'self'"];

const formOf = ({ path, xsrf }: DeviceForm, content: Html): Html =>
  html`<form method="post" action="${path}"><input type="hidden" name="xsrf" value="${xsrf}" />${content}</form>`;

/** @param code what the person entered, or what the link of the device contains */
export function devicePage(form: DeviceForm, code: string | undefined, refusal: Refusal = {}): PageContent {
  const field = fieldOf({
    name: 'user_code',
    label: 'Code',
    hint: 'Eight letters, such as BDFG-HJKL.',
    ...(code !== undefined && { value: code }),
    problem: refusal.problems?.['user_code'],
    hasFocus: true,
    attributes: html`class="code" maxlength="40" autocomplete="off" autocapitalize="characters" spellcheck="false"`,
  });
  return {
    title: titleOf('Connect a device', refusal),
    isCard: true,
    formTargets: SELF,
    body: html`<h1>Connect a device</h1>
      <p>Enter the code that your device shows.</p>
      ${formOf(form, html`${alertOf(refusal)} ${field} <button>Continue</button>`)}`,
  };
}

/** @param app its name, and the host of one that describes itself */
export function deviceConfirmationPage(
  form: DeviceForm,
  app: Pick<InteractionForm, 'clientName' | 'clientHost'>,
  userCode: string,
): PageContent {
  const { clientName, clientHost } = app;
  return {
    title: `Connect ${clientName}?`,
    isCard: true,
    formTargets: SELF,
    body: html`<h1>Connect ${clientName}?</h1>
      ${clientHost ? html`<p class="host">From <strong>${clientHost}</strong></p>` : undefined}
      <p>Your device should show this code:</p>
      <p class="big-code"><code>${userCode}</code></p>
      <p class="note">If somebody sent you this code, cancel. They may be trying to use your account.</p>
      ${formOf(
        form,
        html`<input type="hidden" name="user_code" value="${userCode}" />
          <input type="hidden" name="confirm" value="yes" />
          <div class="actions">
            <button>The codes match</button>
            <button name="abort" value="yes" class="quiet">Cancel</button>
          </div>`,
      )}`,
  };
}

export function deviceDonePage(clientName: string | undefined): PageContent {
  return {
    title: 'Device connected',
    isCard: true,
    body: html`<h1>Device connected</h1>
      <p>${clientName ?? 'The app'} continues on your device. You can close this page.</p>`,
  };
}

export const deviceCancelledPage = (): PageContent => ({
  title: 'Device not connected',
  isCard: true,
  body: html`<h1>Device not connected</h1>
    <p>The device did not get access. You can close this page.</p>`,
});
