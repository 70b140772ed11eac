import { Injectable } from '@nestjs/common';
import { Sweep } from '../../platform/sweep/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import { OrganizationLifecycle } from './organization-lifecycle.js';

/** Permanently deletes the organizations that are due, each in its own transaction by the first worker to lock it. */
@Injectable()
export class OrganizationsSweep extends Sweep {
  constructor(
    private readonly lifecycle: OrganizationLifecycle,
    logger: Logger,
  ) {
    super(logger, { name: 'organizations', everyMs: 5_000 });
  }

  protected async sweep(): Promise<void> {
    while (!this.stopping && (await this.lifecycle.purgeNext()));
  }
}
