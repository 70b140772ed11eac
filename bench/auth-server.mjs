// The built server with one additional route, in a public variant and one per kind of caller: the same handler behind different
// guards. REQUEST_LOG=off removes the request log, which no setting can do.
import 'reflect-metadata';
import { Controller, Get, HttpCode, Module, Post } from '@nestjs/common';

/** @param {string} path path in the built server */
const built = (path) => import(new URL(`../dist/${path}`, import.meta.url).href);
const { AppModule } = await built('app.module.js');
const { RequireScopes, RequireSession } = await built('identity/permissions/index.js');
const { Public, Unlimited } = await built('platform/http/index.js');
const { Idempotent } = await built('platform/idempotency/index.js');

const answer = { status: 'ok' };

class SameWorkController {
  public() {
    return answer;
  }

  scopes() {
    return answer;
  }

  session() {
    return answer;
  }

  unlimited() {
    return answer;
  }

  unlimitedScopes() {
    return answer;
  }

  write() {
    return answer;
  }
}

/**
 * @param {Exclude<keyof SameWorkController, symbol>} name
 * @param {MethodDecorator[]} decorators
 */
function route(name, ...decorators) {
  const { prototype } = SameWorkController;
  const method = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(prototype, name));
  for (const decorate of decorators) decorate(prototype, name, method);
}

route('public', Get('public'), Public());
route('scopes', Get('scopes'), RequireScopes('conversations:read'));
route('session', Get('session'), RequireSession());
route('unlimited', Get('unlimited'), Public(), Unlimited());
route('unlimitedScopes', Get('unlimited-scopes'), RequireScopes('conversations:read'), Unlimited());
route('write', Post('write'), HttpCode(200), RequireScopes('conversations:write'), Idempotent());
Controller('same-work')(SameWorkController);

const { RequestLog, RequestLogsModule } = await built('insight/request-logs/index.js');
const withoutRequestLog = {
  provide: 'without request log',
  inject: [RequestLog],
  useFactory: (/** @type {{ middleware: import('express').RequestHandler }} */ log) => {
    log.middleware = (_request, _response, next) => next();
  },
};

class SameWorkModule {}
Module({
  imports: [RequestLogsModule],
  controllers: [SameWorkController],
  providers: process.env.REQUEST_LOG === 'off' ? [withoutRequestLog] : [],
})(SameWorkModule);

const composed = AppModule.for.bind(AppModule);
AppModule.for = (/** @type {unknown[]} */ ...settings) => {
  const module = composed(...settings);
  return { ...module, imports: [...(module.imports ?? []), SameWorkModule] };
};
await built('main.js');
