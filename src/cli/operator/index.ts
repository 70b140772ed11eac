import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Config } from '../../platform/config/index.js';
import { isDatabaseUnreachable } from '../../platform/database/index.js';
import { ApiError } from '../../platform/errors/index.js';
import { Redis } from '../../platform/redis/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import { exitCodeOf, fieldFailure, unreachable } from '../failure.js';
import { Application } from './application.js';
import { OperatorAudit } from './audit.js';
import { OperatorKeys } from './keys.js';
import { OperatorAppApprovals } from './app-approvals.js';
import { OperatorOAuthApps } from './oauth-apps.js';
import { OperatorModule } from './operator.module.js';
import { OperatorOrganizations } from './organizations.js';
import { OperatorSigningKeys } from './signing-keys.js';
import { OperatorUsers } from './users.js';

const REDIS_WITHIN_MS = 2_000;

/** The operations for operators. */
export class Operator {
  readonly organizations: OperatorOrganizations;
  readonly keys: OperatorKeys;
  readonly users: OperatorUsers;
  readonly signingKeys: OperatorSigningKeys;
  readonly audit: OperatorAudit;
  readonly oauthApps: OperatorOAuthApps;
  readonly appApprovals: OperatorAppApprovals;

  constructor(application: Application) {
    this.organizations = new OperatorOrganizations(application);
    this.keys = new OperatorKeys(application, this.organizations);
    this.users = new OperatorUsers(application);
    this.signingKeys = new OperatorSigningKeys(application);
    this.audit = new OperatorAudit(application, this.organizations);
    this.oauthApps = new OperatorOAuthApps(application, this.organizations);
    this.appApprovals = new OperatorAppApprovals(application, this.organizations);
  }
}

/**
 * Boots the application, does the work and shuts it down in order.
 * @param hasNewSecret true if APP_SECRET is intentionally different from the one used with the database
 */
export async function operate<Result>(
  config: Config,
  work: (operator: Operator) => Promise<Result>,
  note: (text: string) => void,
  hasNewSecret = false,
): Promise<Result> {
  let app: INestApplicationContext | undefined;
  try {
    app = await NestFactory.createApplicationContext(OperatorModule.for(config, new Logger(config)), {
      logger: false,
      abortOnError: false,
    });
    const redis = app.get(Redis);
    const isAnnounced = await isReady(redis);
    const operator = new Operator(new Application(app));
    if (!hasNewSecret) await operator.signingKeys.requireSecret();
    const result = await work(operator);
    // Redis handles commands in order: after this reply, earlier messages have been published.
    if (isAnnounced) await redis.client.ping();
    else note('Redis cannot be reached. Running servers apply the change within 30 seconds, when their caches expire.');
    return result;
  } catch (error) {
    throw toFailure(error);
  } finally {
    await app?.close();
  }
}

async function isReady(redis: Redis): Promise<boolean> {
  const deadline = Date.now() + REDIS_WITHIN_MS;
  while (!redis.isAvailable && Date.now() < deadline) await sleep(10);
  return redis.isAvailable;
}

function toFailure(error: unknown): unknown {
  if (error instanceof ApiError) {
    return fieldFailure(error.code, error.message, error.fields ?? [], { exitCode: exitCodeOf(error.status) });
  }
  return isDatabaseUnreachable(error) ? unreachable('PostgreSQL cannot be reached. Check DATABASE_URL.', error) : error;
}
