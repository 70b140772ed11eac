import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/index.js';
import { ApiError } from '../../platform/errors/index.js';
import type { User } from '../users/index.js';
import { OrganizationsRepository } from './organizations.repository.js';

/** The first one, and one to sign in to after the first was deleted. */
const MOST_UNVERIFIED = 2;

/**
 * How many organizations a person may have created. Deleted ones count until they are purged, and so do those that others own
 * now. Callers must lock the account, so that concurrent requests cannot exceed the limit.
 */
@Injectable()
export class OrganizationAllowance {
  constructor(
    private readonly config: Config,
    private readonly organizations: OrganizationsRepository,
  ) {}

  /** Requires room for another organization. @throws ApiError FORBIDDEN or CONFLICT */
  async requireAnother(user: User): Promise<void> {
    const count = await this.requireRoom(user);
    if (count > 0 && !user.isVerified) {
      throw new ApiError('FORBIDDEN', {
        detail:
          'Confirm your email address before you create another organization. Request a new link at `POST /auth/resend-verification`.',
      });
    }
  }

  /** Requires room for an organization to work in, when none of theirs is open. @throws ApiError FORBIDDEN or CONFLICT */
  async requireRoom({ id, isVerified }: User): Promise<number> {
    const [most, count] = [
      this.config.get('MAX_ORGANIZATIONS_PER_PERSON'),
      await this.organizations.countCreatedBy(id),
    ];
    if (!isVerified && count >= MOST_UNVERIFIED) {
      throw new ApiError('FORBIDDEN', {
        detail:
          'Confirm your email address before you get another organization. Request a link at `POST /auth/forgot-password`.',
      });
    }
    if (count < most) return count;
    throw new ApiError('CONFLICT', {
      detail: `You have created ${count} organizations; the limit is ${most} per person. Deleted organizations count until they are purged, 30 days after deletion.`,
    });
  }
}
