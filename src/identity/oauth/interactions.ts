import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import type Provider from 'oidc-provider';
import type { InteractionResults } from 'oidc-provider';
import { Config } from '../../platform/config/index.js';
import { Crypto } from '../../platform/crypto/index.js';
import { Database } from '../../platform/database/index.js';
import { ApiError } from '../../platform/errors/index.js';
import { layout, sendPage, type PageContent } from '../../platform/pages/index.js';
import { ContractValidationPipe } from '../../platform/validation/index.js';
import { AccountsService, RegisterDto } from '../accounts/index.js';
import { consentPage, errorPage, signInPage, signUpPage, type InteractionForm } from '../oauth-pages/index.js';
import { LoginDto, PasswordCheck } from '../sessions/index.js';
import { attemptWatchOf } from '../sign-in-attempts/index.js';
import { Consent, type Interaction } from './consent.js';
import { formTargetsOf } from './form-targets.js';
import { INTERACTION_PATH, OAuthAddresses } from './oauth-addresses.js';
import { OAuthProvider } from './oauth-provider.js';
import { InvalidOAuthRequest, readSmallBody } from './token-request.js';

/** A form that a browser sent: a name can occur several times. */
type Form = URLSearchParams;

const FORM = 'application/x-www-form-urlencoded';
const CSRF_PURPOSE = 'oauth-form';

interface Step {
  request: Request;
  response: Response;
  provider: Provider;
  interaction: Interaction;
}

/** The pages on which a person signs in and lets an app in. Each belongs to the browser in which it began. */
@Injectable()
export class Interactions {
  private readonly validation = new ContractValidationPipe();
  private readonly instance: string;

  constructor(
    private readonly provider: OAuthProvider,
    private readonly consent: Consent,
    private readonly passwordCheck: PasswordCheck,
    private readonly accounts: AccountsService,
    private readonly addresses: OAuthAddresses,
    private readonly database: Database,
    private readonly crypto: Crypto,
    config: Config,
  ) {
    this.instance = config.get('INSTANCE_NAME');
  }

  async handle(request: Request, response: Response): Promise<void> {
    const [, uid = '', action = ''] = new RegExp(`^${INTERACTION_PATH}/([^/]+)/?(.*)$`).exec(request.path) ?? [];
    const provider = await this.provider.get();
    const interaction = await findInteraction(provider, request, response);
    if (interaction?.uid !== uid) return this.show(response, errorPage('expired'), 400);
    const step = { request, response, provider, interaction };
    if (request.method === 'GET' || request.method === 'HEAD') return this.showStep(step, action);
    const act = request.method === 'POST' ? this.actions[action] : undefined;
    if (!act) return this.show(response, errorPage('not_found'), 404);
    const form = await this.readForm(step);
    if (!form) return this.show(response, errorPage('expired'), 403);
    await act(step, form);
  }

  private readonly actions: Record<string, (step: Step, form: Form) => Promise<void>> = {
    'sign-in': (step, form) => this.signIn(step, form),
    'sign-up': (step, form) => this.signUp(step, form),
    consent: (step, form) => this.letIn(step, form),
    cancel: (step) =>
      this.finish(step, { error: 'access_denied', error_description: 'The person did not let the app in.' }),
  };

  private async showStep(step: Step, action: string): Promise<void> {
    const { interaction, response } = step;
    if (interaction.prompt.name === 'consent') return this.showConsent(step);
    const page = action === 'sign-up' ? signUpPage : signInPage;
    this.show(response, page(await this.formOf(step)));
  }

  private async showConsent(step: Step, message?: string): Promise<void> {
    const question = await this.consent.ask(step.interaction);
    this.show(step.response, consentPage(await this.formOf(step), question, message), message ? 422 : 200);
  }

  private async signIn(step: Step, form: Form): Promise<void> {
    const email = form.get('email') ?? '';
    try {
      const user = await watched(step.request, async () => {
        const input = await this.validated(LoginDto, { email, password: form.get('password') ?? '' });
        const verified = await this.passwordCheck.verify(input.email, input.password);
        return this.database.asPlatform(() => this.passwordCheck.holdVerified(verified));
      });
      await this.finish(step, { login: { accountId: user.id, remember: false } });
    } catch (error) {
      const { status, message } = shownOf(error, 'Wrong email address or password.');
      this.show(step.response, signInPage(await this.formOf(step), { email, message }), status);
    }
  }

  private async signUp(step: Step, form: Form): Promise<void> {
    const [email, name] = [form.get('email') ?? '', form.get('name')?.trim() ?? ''];
    try {
      const user = await watched(step.request, async () => {
        const password = form.get('password') ?? '';
        return this.accounts.open(await this.validated(RegisterDto, { email, password, ...(name && { name }) }));
      });
      await this.finish(step, { login: { accountId: user.id, remember: false } });
    } catch (error) {
      const { status, message } = shownOf(error, 'Enter an email address and a password of at least 10 characters.');
      this.show(step.response, signUpPage(await this.formOf(step), { email, name, message }), status);
    }
  }

  private async letIn(step: Step, form: Form): Promise<void> {
    const { provider, interaction } = step;
    if (interaction.prompt.name !== 'consent') return this.show(step.response, errorPage('expired'), 400);
    const choice = { organizationId: form.get('organization_id') ?? '', scopes: form.getAll('scope') };
    const grantId = await this.consent.give(provider, interaction, choice);
    if (grantId === undefined) return this.showConsent(step, 'Choose an organization that you are a member of.');
    await this.finish(step, { consent: { grantId } });
  }

  private async finish({ request, response, provider }: Step, result: InteractionResults): Promise<void> {
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: !('error' in result) });
  }

  /** The form of a POST; undefined if another page sent it. */
  private async readForm({ request, interaction }: Step): Promise<Form | undefined> {
    if (!request.is(FORM)) throw new InvalidOAuthRequest(`only ${FORM} is supported here`);
    const form = new URLSearchParams((await readSmallBody(request)).toString('utf8'));
    return this.crypto.verifyHmac(CSRF_PURPOSE, interaction.uid, form.get('csrf') ?? '') ? form : undefined;
  }

  private async formOf({ provider, interaction }: Step): Promise<InteractionForm> {
    const { uid, params } = interaction;
    const client = await provider.Client.find(String(params['client_id']));
    return {
      path: `${this.addresses.basePath}${INTERACTION_PATH}/${uid}`,
      csrf: this.crypto.hmac(CSRF_PURPOSE, uid),
      clientName: client?.clientName ?? String(params['client_id']),
      ...(client?.clientUri && { clientUrl: client.clientUri }),
      formTargets: formTargetsOf(params['redirect_uri']),
      instance: this.instance,
    };
  }

  private async validated<Dto>(type: new () => Dto, fields: object): Promise<Dto> {
    return (await this.validation.transform(fields, { type: 'body', metatype: type as never })) as Dto;
  }

  private show(response: Response, content: PageContent, status = 200): void {
    sendPage(response.status(status), layout(this.instance, content));
  }
}

async function findInteraction(
  provider: Provider,
  request: Request,
  response: Response,
): Promise<Interaction | undefined> {
  try {
    return await provider.interactionDetails(request, response);
  } catch (error) {
    if (error instanceof Error && error.name === 'SessionNotFound') return undefined;
    throw error;
  }
}

/** Counts the attempt, as the guard of metering/limits has arranged. */
async function watched<T>(request: Request, work: () => Promise<T>): Promise<T> {
  const watch = attemptWatchOf(request);
  return (watch ? await watch(work) : await work()) as T;
}

/** What a page says about an error that the person can correct. @throws any other error */
function shownOf(error: unknown, ofInput: string): { status: number; message: string } {
  if (!(error instanceof ApiError) || error.status >= 500) throw error;
  const isAboutInput = error.code === 'VALIDATION_ERROR' || error.code === 'INVALID_CREDENTIALS';
  const [first] = error.code === 'VALIDATION_ERROR' ? (error.fields ?? []) : [];
  const ofField = first?.field === 'password' ? `The password ${first.message}.` : ofInput;
  return { status: error.status, message: isAboutInput ? ofField : error.message };
}
