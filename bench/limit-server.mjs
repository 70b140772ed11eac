// The bare route of the baseline behind the limiter named by LIMITER: none, `throttler` with a storage from npm, or `ours`.
// Each counts callers by the address that a proxy reports, so that one caller can act as many.
import 'reflect-metadata';
import { once } from 'node:events';
import { ThrottlerStorageRedisService } from '@nest-lab/throttler-storage-redis';
import { Controller, Get, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, NestFactory, Reflector } from '@nestjs/core';
import { ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';

/** @param {string} path path in the built server */
const built = (path) => import(new URL(`../dist/${path}`, import.meta.url).href);
const ok = { status: 'ok' };
/** @type {import('express').RequestHandler[]} */
const middleware = [];

class LimitedController {
  ok() {
    return ok;
  }
}

const { prototype } = LimitedController;
const route = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(prototype, 'ok'));
Get('ok')(prototype, 'ok', route);
Controller()(LimitedController);

class LimitedModule {}
Module({ controllers: [LimitedController], ...(await limiter()) })(LimitedModule);

/** @returns {Promise<import('@nestjs/common').ModuleMetadata>} */
async function limiter() {
  if (process.env.LIMITER === 'throttler') return throttler();
  return process.env.LIMITER === 'ours' ? ours() : {};
}

function throttler() {
  const storage = new ThrottlerStorageRedisService(/** @type {string} */ (process.env.REDIS_URL));
  const throttlers = [{ limit: Number(process.env.LIMIT_ADDRESS), ttl: 60_000 }];
  return {
    imports: [ThrottlerModule.forRoot({ throttlers, storage })],
    providers: [{ provide: APP_GUARD, useClass: ThrottlerGuard }],
  };
}

/** The production guard without the parts for callers with a credential. */
async function ours() {
  const [
    { readConfig },
    { Logger, withOrigin },
    { Redis },
    { Public },
    { RouteRules },
    { AddressLimit, LimitGuard },
    { LimitsStorage },
  ] = await Promise.all([
    built('platform/config/index.js'),
    built('platform/telemetry/index.js'),
    built('platform/redis/index.js'),
    built('platform/http/index.js'),
    built('identity/access/index.js'),
    built('metering/limits/index.js'),
    built('metering/limits/limits.storage.js'),
  ]);
  // Our guard reads the caller's address from this context.
  middleware.push(({ ip }, _response, next) => withOrigin({ requestId: '', ip, userAgent: null }, next));
  // The guard also requires this metadata, which every production route has.
  Public()(prototype, 'ok', route);
  const config = readConfig();
  const logger = new Logger(config);
  const redis = new Redis(config, logger);
  const storage = new LimitsStorage(redis, { httpAdapter: {} }, undefined, logger);
  const address = new AddressLimit(storage, config);
  await once(storage.client, 'ready');
  return {
    providers: [
      {
        provide: APP_GUARD,
        inject: [Reflector],
        useFactory: (/** @type {Reflector} */ reflector) =>
          new LimitGuard(storage, new RouteRules(reflector), undefined, undefined, address),
      },
      { provide: APP_FILTER, useValue: { catch: refuse } },
    ],
  };
}

/** @param {{ status: number }} error @param {import('@nestjs/common').ArgumentsHost} host */
function refuse({ status }, host) {
  host.switchToHttp().getResponse().status(status).end();
}

const app = await NestFactory.create(LimitedModule, { bodyParser: false, logger: false });
const express = app.getHttpAdapter().getInstance();
express.disable('etag');
express.disable('x-powered-by');
express.set('trust proxy', true);
for (const handler of middleware) app.use(handler);
await app.listen(0, '127.0.0.1');
process.send?.({ url: await app.getUrl() });
process.once('disconnect', () => process.exit());
