// The built server with one route more, reachable by everybody and by each kind of caller: the same work but for the access.
import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';

/** @param {string} path of the built server */
const built = (path) => import(new URL(`../dist/${path}`, import.meta.url).href);
const { AppModule } = await built('app.module.js');
const { Public, RequireScopes, RequireSession } = await built('platform/http/index.js');

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
}

/** @param {'public' | 'scopes' | 'session'} name @param {MethodDecorator} access */
function route(name, access) {
  const { prototype } = SameWorkController;
  const method = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(prototype, name));
  Get(name)(prototype, name, method);
  access(prototype, name, method);
}

route('public', Public());
route('scopes', RequireScopes('conversations:read'));
route('session', RequireSession());
Controller('same-work')(SameWorkController);

class SameWorkModule {}
Module({ controllers: [SameWorkController] })(SameWorkModule);

const composed = AppModule.for.bind(AppModule);
AppModule.for = (/** @type {unknown[]} */ ...settings) => {
  const module = composed(...settings);
  return { ...module, imports: [...(module.imports ?? []), SameWorkModule] };
};
await built('main.js');
