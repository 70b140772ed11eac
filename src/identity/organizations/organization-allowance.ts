import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/index.js';
import { ApiError } from '../../platform/errors/index.js';
import type { User } from '../users/index.js';
import { OrganizationsRepository } from './organizations.repository.js';

/** The first, and one to sign in to when the first was deleted. */
const MOST_UNVERIFIED = 2;

/**
 * How many organizations a person may have made: those that were deleted count until they are purged, and those that others own
 * now count too. Callers have locked the account, so that requests at the same time do not get past it together.
 */
@Injectable()
export class OrganizationAllowance {
  constructor(
    private readonly config: Config,
    private readonly organizations: OrganizationsRepository,
  ) {}

  /** For one besides those that they have. @throws ApiError FORBIDDEN or CONFLICT */
  async requireAnother(user: User): Promise<void> {
    const count = await this.requireRoom(user);
    if (count > 0 && !user.isVerified) {
      throw new ApiError('FORBIDDEN', {
        detail:
          'Confirm your email address before you create another organization. Request a new link at `POST /auth/resend-verification`.',
      });
    }
  }

  /** For one to work in, when they have none that is open. @throws ApiError FORBIDDEN or CONFLICT */
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
