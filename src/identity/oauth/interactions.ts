import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import type Provider from 'oidc-provider';
import { Config, type Instance } from '../../platform/config/index.js';
import { Crypto } from '../../platform/crypto/index.js';
import { layout, sendPage, type PageContent } from '../../platform/pages/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import {
  approvalPage,
  consentPage,
  errorPage,
  forgotPasswordPage,
  passwordMailedPage,
  refusedPage,
  signInPage,
  signUpPage,
  type ConsentChoice,
  type Entered,
  type InteractionForm,
  type Refusal,
} from '../oauth-pages/index.js';
import { Consent, type Interaction } from './consent.js';
import { hostOf } from './client-documents.js';
import { formTargetsOf } from './form-targets.js';
import { INTERACTION_PATH } from './oauth-addresses.js';
import { errorOf, isAbort } from './oauth-errors.js';
import { OAuthProvider } from './oauth-provider.js';
import { SignInSteps } from './sign-in-steps.js';
import { RequestBodies } from './request-bodies.js';

/** A form that a browser sent: a name can occur several times. */
type Form = URLSearchParams;

const CSRF_PURPOSE = 'oauth-form';
const STALE = 'This page was out of date. Check it, and try again.';
const denied = (description: string) => ({ error: 'access_denied', error_description: description });
const DENIED = denied('The person denied access.');
const NOT_APPROVED = denied('An administrator of the organization must approve the app first.');
/** The page on which a member asks for approval. What is asked for is in its query. */
const APPROVAL = 'approval';

interface Step {
  request: Request;
  response: Response;
  provider: Provider;
  interaction: Interaction;
}

interface Action {
  /** The prompt at which it is possible; at any by default. */
  prompt?: 'login' | 'consent';
  act: (step: Step, form: Form) => Promise<void>;
}

/**
 * The pages on which a person signs in and lets an app in. Each belongs to the browser in which it began. All steps have one
 * address, so that going back or reloading always shows the current step.
 */
@Injectable()
export class Interactions {
  private readonly instance: Instance;

  constructor(
    private readonly provider: OAuthProvider,
    private readonly signIn: SignInSteps,
    private readonly consent: Consent,
    private readonly crypto: Crypto,
    private readonly bodies: RequestBodies,
    private readonly logger: Logger,
    config: Config,
  ) {
    this.instance = config.instance;
  }

  async handle(request: Request, response: Response): Promise<void> {
    const [, cid, action = ''] = new RegExp(`^${INTERACTION_PATH}/([^/]+)/?(.*)$`).exec(request.path) ?? [];
    const provider = await this.provider.get();
    const interaction = await findInteraction(provider, request, response);
    if (interaction?.cid !== cid) return this.show(response, errorPage('expired'), 400);
    const step = { request, response, provider, interaction } as Step;
    if (request.method === 'GET' || request.method === 'HEAD') return this.open(step, action);
    const known = request.method === 'POST' ? this.actions.get(action) : undefined;
    if (!known) return this.show(response, errorPage('not_found'), 404);
    const form = await this.readForm(step);
    if (!form) return this.showStep(step, { message: STALE }, 403);
    if (known.prompt && known.prompt !== step.interaction.prompt.name) return this.showStep(step);
    await known.act(step, form);
  }

  /** Shows what went wrong with a request for a page. */
  fail(response: Response, thrown: unknown): void {
    if (isAbort(thrown)) return;
    const { status, body, retryAfterSeconds, cause } = errorOf(thrown);
    if (cause !== undefined) this.logger.error({ err: cause }, 'OAuth page failed');
    if (response.headersSent) return void response.destroy();
    if (retryAfterSeconds !== undefined) response.set('Retry-After', String(retryAfterSeconds));
    const { error, error_description: description } = body;
    const isRefused = error === 'temporarily_unavailable';
    this.show(response, isRefused ? refusedPage(description) : errorPage(error, description), status);
  }

  private readonly actions = new Map<string, Action>(
    Object.entries({
      'sign-in': { prompt: 'login', act: (step, form) => this.enter(step, form, 'signIn', signInPage) },
      'sign-up': { prompt: 'login', act: (step, form) => this.enter(step, form, 'signUp', signUpPage) },
      'forgot-password': { prompt: 'login', act: (step, form) => this.mailLink(step, form) },
      consent: { prompt: 'consent', act: (step, form) => this.letIn(step, form) },
      [APPROVAL]: { prompt: 'consent', act: (step, form) => this.requestApproval(step, form) },
      'another-account': { prompt: 'consent', act: (step) => this.changeAccount(step) },
      cancel: { act: (step) => this.end(step, DENIED) },
      leave: { act: (step) => this.end(step, NOT_APPROVED) },
    } satisfies Record<string, Action>),
  );

  /** The pages before a person has signed in, by the end of their addresses. */
  private readonly signInPages = new Map([
    ['', signInPage],
    ['sign-up', signUpPage],
    ['forgot-password', forgotPasswordPage],
  ]);

  private async open(step: Step, action: string): Promise<void> {
    if (action === APPROVAL && step.interaction.prompt.name === 'consent') return this.showApproval(step);
    const page = this.signInPages.get(action);
    // The address of a form, opened from the history after its page was sent.
    if (!page) return step.response.redirect(303, pathOf(step));
    if (step.interaction.prompt.name === 'consent') return this.showStep(step);
    this.show(step.response, page(await this.formOf(step), { email: await this.signIn.expected(step.interaction) }));
  }

  private async showStep(step: Step, refusal?: Refusal, status = 200): Promise<void> {
    if (step.interaction.prompt.name === 'consent') return this.showConsent(step, refusal, status);
    this.show(step.response, signInPage(await this.formOf(step), refusal), status);
  }

  private async showConsent(step: Step, refusal?: Refusal, status = 200, choice?: ConsentChoice): Promise<void> {
    const question = await this.consent.ask(step.interaction);
    this.show(step.response, consentPage(await this.formOf(step), question, refusal, choice), status);
  }

  /** Signs a person in who proved who they are; shows the page again otherwise. */
  private async enter(
    step: Step,
    form: Form,
    way: 'signIn' | 'signUp',
    page: (form: InteractionForm, entered: Entered) => PageContent,
  ): Promise<void> {
    const { request, response, provider, interaction } = step;
    const result = await this.signIn[way](request, form);
    if ('refusal' in result) {
      const entered = { email: form.get('email') ?? '', name: form.get('name') ?? '', ...result.refusal };
      return this.show(response, page(await this.formOf(step), entered), result.status);
    }
    if (interaction.session && interaction.session.accountId !== result.userId) {
      await this.signIn.leave(provider, interaction);
    }
    await provider.interactionFinished(request, response, { login: { accountId: result.userId, remember: false } });
  }

  private async mailLink(step: Step, form: Form): Promise<void> {
    const email = form.get('email')?.trim() ?? '';
    const result = await this.signIn.forgotPassword(step.request, form);
    const page = await this.formOf(step);
    if (!result) return this.show(step.response, passwordMailedPage(page, email));
    this.show(step.response, forgotPasswordPage(page, { email, ...result.refusal }), result.status);
  }

  private async letIn(step: Step, form: Form): Promise<void> {
    const { response, provider, interaction } = step;
    const choice = choiceOf(form);
    const result = await this.consent.give(provider, interaction, choice);
    if (result === 'needs approval') return response.redirect(303, this.approvalPathOf(step, choice));
    if (result === 'given') return response.redirect(303, interaction.returnTo);
    if (result === 'too late') return this.show(response, errorPage('expired'), 400);
    await this.showConsent(step, { message: result.refusal }, 422, choice);
  }

  /** The page of the present state: a member who need not ask is led back to the consent. */
  private async showApproval(step: Step, refusal?: Refusal, status = 200, choice = choiceIn(step)): Promise<void> {
    const question = await this.consent.askForApproval(step.provider, step.interaction, choice);
    if (!question) return step.response.redirect(303, pathOf(step));
    this.show(step.response, approvalPage(await this.formOf(step), question, refusal), status);
  }

  private async requestApproval(step: Step, form: Form): Promise<void> {
    const choice = choiceOf(form);
    const refused = await this.consent.requestApproval(step.provider, step.interaction, choice);
    if (!refused) return step.response.redirect(303, this.approvalPathOf(step, choice));
    await this.showApproval(step, { message: refused.refusal }, 422, choice);
  }

  private end({ request, response, provider }: Step, result: typeof DENIED): Promise<void> {
    return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  }

  private async changeAccount(step: Step): Promise<void> {
    await this.signIn.leave(step.provider, step.interaction);
    step.response.redirect(303, pathOf(step));
  }

  /** The form of a POST; undefined if another page sent it, or one that another person has opened. */
  private async readForm({ request, interaction }: Step): Promise<Form | undefined> {
    const form = await this.bodies.readPageForm(request);
    return this.crypto.verifyHmac(CSRF_PURPOSE, pageOf(interaction), form.get('csrf') ?? '') ? form : undefined;
  }

  private async formOf(step: Step): Promise<InteractionForm> {
    const { provider, interaction } = step;
    const { params } = interaction;
    const client = await provider.Client.find(String(params['client_id']));
    return {
      path: pathOf(step),
      csrf: this.crypto.hmac(CSRF_PURPOSE, pageOf(interaction)),
      clientName: client?.clientName ?? String(params['client_id']),
      clientHost: hostOf(String(params['client_id'])),
      ...(client?.clientUri && { clientUrl: client.clientUri }),
      formTargets: formTargetsOf(params['redirect_uri']),
      instance: this.instance.name,
    };
  }

  private approvalPathOf(step: Step, { organizationId, scopes }: ConsentChoice): string {
    const chosen = new URLSearchParams({ organization_id: organizationId });
    for (const scope of scopes) chosen.append('scope', scope);
    return `${pathOf(step)}/${APPROVAL}?${chosen.toString()}`;
  }

  private show(response: Response, content: PageContent, status = 200): void {
    sendPage(response.status(status).set('Cache-Control', 'no-store'), layout(this.instance, content));
  }
}

const pathOf = ({ interaction }: Step): string => `${INTERACTION_PATH}/${interaction.cid}`;

/** What the token of a form is bound to: a step, and the person who is asked. */
const pageOf = ({ uid, session }: Interaction): string => `${uid} ${session?.accountId ?? ''}`;

const choiceOf = (form: Form): ConsentChoice => ({
  organizationId: form.get('organization_id') ?? '',
  scopes: form.getAll('scope'),
});

const choiceIn = ({ request }: Step): ConsentChoice => choiceOf(new URL(request.url, 'http://localhost').searchParams);

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
