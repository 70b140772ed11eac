import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import type { PageContent } from '../../platform/pages/index.js';
import {
  deviceCancelledPage,
  deviceConfirmationPage,
  deviceDonePage,
  devicePage,
  errorPage,
  type DeviceForm,
} from '../oauth-pages/index.js';
import { hostOf } from './client-documents.js';
import { OAUTH_PATHS } from './oauth-addresses.js';

type Sources = Pick<
  NonNullable<NonNullable<Configuration['features']>['deviceFlow']>,
  'userCodeInputSource' | 'userCodeConfirmSource' | 'successSource'
>;

/** What is wrong with a code, by the name of oidc-provider’s error. */
const PROBLEMS: Record<string, string> = {
  NoCodeError: 'Enter the code that your device shows.',
  NotFoundError: 'This code is wrong. Compare it with your device, and try again.',
  ExpiredError: 'This code has expired. Get a new one on your device.',
  AlreadyUsedError: 'This code was already used. Get a new one on your device.',
};

/** The pages of the device flow, on which a person enters the code of a device. */
export function deviceFlowPages(show: (ctx: KoaContextWithOIDC, page: PageContent) => void): Sources {
  const formOf = ({ oidc }: KoaContextWithOIDC): DeviceForm => ({
    path: new URL(oidc.urlFor('code_verification')).pathname,
    xsrf: (oidc.session as unknown as { state: { secret: string } }).state.secret,
  });
  return {
    userCodeInputSource: (ctx, _form, _out, error) => {
      if (error && hasNewSession(ctx)) return show(ctx, errorPage('expired'));
      if (error?.name === 'AbortedError') return show(ctx, deviceCancelledPage());
      ctx.state['wasCodeWrong'] = error?.name === 'NotFoundError';
      const code = (error as { userCode?: string } | undefined)?.userCode ?? linkedCode(ctx);
      const problem = error && (PROBLEMS[error.name] ?? 'This page was out of date. Enter the code again.');
      show(ctx, devicePage(formOf(ctx), code, problem === undefined ? {} : { problems: { user_code: problem } }));
    },
    userCodeConfirmSource: (ctx, _form, client, _info, userCode) => {
      const { clientId, clientName = clientId } = client;
      show(ctx, deviceConfirmationPage(formOf(ctx), { clientName, clientHost: hostOf(clientId) }, userCode));
    },
    successSource: (ctx) => show(ctx, deviceDonePage(ctx.oidc.client?.clientName)),
  };
}

/**
 * Whether the form has outlived its session. Then the new one is not kept: oidc-provider would fail to save the token of
 * another form in it.
 */
function hasNewSession({ oidc }: KoaContextWithOIDC): boolean {
  const session = oidc.session as { exp?: number; touched?: boolean } | undefined;
  if (!session || session.exp !== undefined) return false;
  session.touched = false;
  return true;
}

/** Keeps the code in the link of a device for the page. oidc-provider would send it on by a script. */
export function keepLinkedCode(ctx: KoaContextWithOIDC): void {
  const { user_code: code, ...rest } = ctx.query;
  if (ctx.path !== OAUTH_PATHS.code_verification || code === undefined) return;
  ctx.query = rest;
  ctx.state['userCode'] = [code].flat()[0];
}

/** Whether the person entered a code that does not exist, which counts as a failed attempt. */
export const wasCodeWrong = (ctx: KoaContextWithOIDC): boolean => ctx.state['wasCodeWrong'] === true;

const linkedCode = (ctx: KoaContextWithOIDC): string | undefined => ctx.state['userCode'] as string | undefined;
