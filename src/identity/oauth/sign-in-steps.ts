import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type Provider from 'oidc-provider';
import { Database } from '../../platform/database/index.js';
import { ApiError } from '../../platform/errors/index.js';
import { ContractValidationPipe } from '../../platform/validation/index.js';
import { AccountsService, ForgotPasswordDto, PasswordsService, RegisterDto } from '../accounts/index.js';
import type { Refusal } from '../oauth-pages/index.js';
import { LoginDto, PasswordCheck } from '../sessions/index.js';
import { attemptWatchOf } from '../sign-in-attempts/index.js';
import { UsersRepository } from '../users/index.js';
import type { Interaction } from './consent.js';

interface Refused {
  status: number;
  refusal: Refusal;
}

/** How a person proves who they are at the pages of this server. */
@Injectable()
export class SignInSteps {
  private readonly validation = new ContractValidationPipe();

  constructor(
    private readonly database: Database,
    private readonly users: UsersRepository,
    private readonly passwordCheck: PasswordCheck,
    private readonly accounts: AccountsService,
    private readonly passwords: PasswordsService,
  ) {}

  /** The email address with which the person will probably sign in. */
  async expected({ params, session }: Interaction): Promise<string | undefined> {
    const userId = session?.accountId;
    if (userId) return (await this.database.asPlatform(() => this.users.find(userId)))?.email;
    return typeof params['login_hint'] === 'string' ? params['login_hint'] : undefined;
  }

  signIn(request: Request, form: URLSearchParams): Promise<{ userId: string } | Refused> {
    return this.tried(request, async () => {
      const input = await this.validated(LoginDto, fieldsOf(form, 'email', 'password'));
      const verified = await this.passwordCheck.verify(input.email, input.password);
      return { userId: (await this.database.asPlatform(() => this.passwordCheck.holdVerified(verified))).id };
    });
  }

  signUp(request: Request, form: URLSearchParams): Promise<{ userId: string } | Refused> {
    return this.tried(request, async () => {
      const input = await this.validated(RegisterDto, fieldsOf(form, 'email', 'password', 'name'));
      return { userId: (await this.accounts.open(input)).id };
    });
  }

  forgotPassword(request: Request, form: URLSearchParams): Promise<void | Refused> {
    return this.tried(request, async () =>
      this.passwords.forgot(await this.validated(ForgotPasswordDto, fieldsOf(form, 'email'))),
    );
  }

  /** Signs the browser out, and asks who continues with the interaction. */
  async leave(provider: Provider, interaction: Interaction): Promise<void> {
    const { session } = interaction;
    if (session?.uid) await (await provider.Session.findByUid(session.uid))?.destroy();
    Object.assign(interaction, { session: undefined, prompt: { name: 'login', reasons: ['account'], details: {} } });
    await interaction.persist();
  }

  /** Counts the attempt, as the guard of metering/limits has arranged. @throws errors that the person cannot correct */
  private async tried<T>(request: Request, work: () => Promise<T>): Promise<T | Refused> {
    const watch = attemptWatchOf(request);
    try {
      return (watch ? await watch(work) : await work()) as T;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status >= 500) throw error;
      return { status: error.status, refusal: refusalOf(error) };
    }
  }

  private async validated<Dto>(type: new () => Dto, fields: object): Promise<Dto> {
    return (await this.validation.transform(fields, { type: 'body', metatype: type as never })) as Dto;
  }
}

/** The fields of a form that are filled in. */
function fieldsOf(form: URLSearchParams, ...names: string[]): Record<string, string> {
  const entered = names.map((name) => [name, form.get(name) ?? ''] as const);
  return Object.fromEntries(
    entered.map(([name, text]) => [name, name === 'password' ? text : text.trim()] as const).filter(([, text]) => text),
  );
}

const LABELS: Record<string, string> = { email: 'The email address', password: 'The password', name: 'The name' };

function refusalOf(error: ApiError): Refusal {
  if (error.code === 'INVALID_CREDENTIALS') return { message: 'Wrong email address or password.', problems: {} };
  const problems: Record<string, string> = {};
  for (const { field, message } of error.fields ?? []) {
    problems[field] ??= `${LABELS[field] ?? 'This field'} ${message.replace(/\.$/, '')}.`;
  }
  return error.fields?.length ? { problems } : { message: error.message };
}
