import type { AdapterPayload } from 'oidc-provider';
import type { User, UsersRepository } from '../users/index.js';
import { RecordAdapter, type RecordContext } from './record-adapter.js';

type SignIn = AdapterPayload & { password?: string };

/** Sign-ins at the pages of this server. A new password or a deactivation of the account ends them. */
export class SessionAdapter extends RecordAdapter {
  constructor(
    context: RecordContext,
    private readonly users: UsersRepository,
  ) {
    super(context, 'Session');
  }

  override async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    const user = await this.findUser(payload);
    await super.upsert(id, { ...payload, ...(user && { password: this.stampOf(user) }) }, expiresIn);
  }

  override async find(id: string): Promise<AdapterPayload | undefined> {
    return this.current(await super.find(id));
  }

  override async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.current(await super.findByUid(uid));
  }

  private async current(signIn: SignIn | undefined): Promise<AdapterPayload | undefined> {
    if (!signIn?.accountId) return signIn;
    const user = await this.findUser(signIn);
    return user?.isActive && this.stampOf(user) === signIn.password ? signIn : undefined;
  }

  private async findUser({ accountId }: AdapterPayload): Promise<User | undefined> {
    if (!accountId) return undefined;
    return (await this.context.database.asPlatform(() => this.users.find(accountId))) ?? undefined;
  }

  private stampOf({ passwordHash }: User): string {
    return this.context.crypto.hmac('oauth-session-password', passwordHash);
  }
}
