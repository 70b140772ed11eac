import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import type { SessionPrincipal } from '../permissions/index.js';
import { actorOf, Audit } from '../audit/index.js';
import { OneTimeTokensRepository } from '../one-time-tokens/index.js';
import { EmailAddressesService } from './email-addresses.service.js';
import { ProfileDto, type UpdateProfileDto } from './profile.dto.js';
import { UsersRepository } from './users.repository.js';

/** A person's own account, as they see and change it. */
@Injectable()
export class ProfileService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersRepository,
    private readonly tokens: OneTimeTokensRepository,
    private readonly addresses: EmailAddressesService,
    private readonly audit: Audit,
  ) {}

  get(principal: SessionPrincipal): Promise<ProfileDto> {
    return this.database.asPlatform(() => this.read(principal));
  }

  update(principal: SessionPrincipal, { name, email }: UpdateProfileDto): Promise<ProfileDto> {
    const { userId, organizationId } = principal;
    return this.database.asPlatform(async () => {
      const user = await this.users.getLocked(userId);
      if (name !== undefined && name !== user.name) {
        await this.users.update(userId, { name });
        await this.audit.record({
          action: 'user.updated',
          actor: actorOf(principal),
          target: { type: 'user', id: userId },
          details: { changed: ['name'] },
          organizationId,
        });
      }
      if (email !== undefined) await this.addresses.requestChange(user, email, organizationId);
      return this.read(principal);
    });
  }

  private async read({ userId, organizationId, plan }: SessionPrincipal): Promise<ProfileDto> {
    const user = await this.users.getById(userId);
    const pending = await this.tokens.findNewestOpen(userId, 'change_email');
    return ProfileDto.of(user, { id: organizationId, plan }, pending?.email ?? null);
  }
}
