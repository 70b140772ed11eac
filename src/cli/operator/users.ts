import { AccountsService, RegisterDto } from '../../identity/accounts/index.js';
import {
  AdminUpdateUserDto,
  AdminUsersService,
  ListUsersQuery,
  type AdminUserDto,
} from '../../identity/admin/index.js';
import { actorOf } from '../../identity/audit/index.js';
import { SessionsService } from '../../identity/sessions/index.js';
import { EmailAddressesService, SetEmailDto, type UserDto } from '../../identity/users/index.js';
import type { Page } from '../../platform/paging/index.js';
import { normalizeEmailBeginning } from '../../platform/text/index.js';
import type { PageOptions } from '../command.js';
import { nothingFound } from '../failure.js';
import type { Application } from './application.js';

export interface NewUser {
  email: string;
  password: string;
  name: string | undefined;
  organization_name: string | undefined;
}

export class OperatorUsers {
  constructor(private readonly application: Application) {}

  async list(query: PageOptions & { email?: string }): Promise<Page<AdminUserDto>> {
    return this.service.list(await this.application.validated(ListUsersQuery, query, 'query'));
  }

  /** Finds a user by id or email address. */
  async get(reference: string): Promise<AdminUserDto> {
    if (!reference.includes('@')) return this.service.get(reference);
    // The list matches prefixes and has the newest first, so the exact address may be on any page.
    const beginning = normalizeEmailBeginning(reference);
    let cursor: string | undefined;
    do {
      const page = await this.list({ email: reference, limit: '100', ...(cursor && { cursor }) });
      const user = page.data.find(({ email }) => email === beginning);
      if (user) return user;
      cursor = page.next_cursor ?? undefined;
    } while (cursor);
    throw nothingFound(`No account with the address ${reference} exists.`);
  }

  /** Creates an account under the rules of registration, optionally as a superuser. Atomic. */
  async create(input: NewUser, isSuperuser: boolean): Promise<UserDto & { is_superuser: boolean }> {
    const body = await this.application.validated(RegisterDto, input);
    const actor = actorOf(this.application.principal());
    return this.application.database.asPlatform(async () => {
      const user = await this.application.get(AccountsService).create(body, actor);
      if (isSuperuser) await this.service.update(user.id, { is_superuser: true }, actor);
      return { ...user, is_superuser: isSuperuser };
    });
  }

  async update(reference: string, change: AdminUpdateUserDto): Promise<AdminUserDto> {
    const { id } = await this.get(reference);
    const body = await this.application.validated(AdminUpdateUserDto, change);
    return this.service.update(id, body, actorOf(this.application.principal()));
  }

  /** Changes the email address of an account; the new one must be confirmed. */
  async setEmail(reference: string, address: string): Promise<AdminUserDto> {
    const { id } = await this.get(reference);
    const { email } = await this.application.validated(SetEmailDto, { email: address });
    const actor = actorOf(this.application.principal());
    await this.application.get(EmailAddressesService).set(id, email, actor);
    return this.service.get(id);
  }

  /** Ends all sessions of a user. */
  async endSessions(reference: string): Promise<AdminUserDto> {
    const user = await this.get(reference);
    const actor = actorOf(this.application.principal());
    await this.application.database.asPlatform(() => this.application.get(SessionsService).endAllOf(user.id, actor));
    return user;
  }

  private get service(): AdminUsersService {
    return this.application.get(AdminUsersService);
  }
}
