import { RequestMethod } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RECENT_SIGN_IN, type AccessRule } from '../../src/identity/permissions/index.js';
import { ACCESS_RULE } from '../../src/platform/http/index.js';
import { startApp, type TestApp } from '../harness/app.js';

const DATA = 'it works on data, and gives nobody a right';
const NARROWING = 'it only takes rights away';

/** Routes that write and never require a recent sign-in, with the reason. */
const WHY_NOT: Record<string, string> = {
  'AcceptInvitation.accept': 'the invitation came to the mailbox, which proves more than the session',
  'ApiKeys.revoke': NARROWING,
  'AppApprovals.deny': NARROWING,
  'AppApprovals.revoke': NARROWING,
  'Authorizations.end': NARROWING,
  'Analysis.submit': DATA,
  'Chat.create': DATA,
  'Chat.stream': DATA,
  'Conversations.create': DATA,
  'Conversations.delete': DATA,
  'Conversations.createMessage': DATA,
  'Conversations.update': DATA,
  'DataSources.create': DATA,
  'DataSources.delete': DATA,
  'DataSources.refresh': DATA,
  'DataSources.update': DATA,
  'DataSources.upload': DATA,
  'EmailAddresses.resend': 'the mail goes to the address of the account',
  'Invitations.revoke': NARROWING,
  'Knowledge.create': DATA,
  'Knowledge.delete': DATA,
  'Knowledge.update': DATA,
  'Members.leave': NARROWING,
  'Members.remove': NARROWING,
  'Notifications.markRead': DATA,
  'Organizations.create': 'it gives rights in nothing that was there, and shares the budget of the person',
  'RegistrationTokens.delete': NARROWING,
  'Papers.generate': DATA,
  'Research.submit': DATA,
  'Sessions.end': NARROWING,
  'Sessions.endOthers': NARROWING,
  'Sessions.logout': NARROWING,
  'Sessions.reauthenticate': 'it is the sign-in, by password',
  'Sessions.switchOrganization': 'the person is a member there, and the sign-in is as old there as here',
  'Tasks.cancel': DATA,
  'Tasks.retry': DATA,
};

interface Route {
  name: string;
  access: AccessRule;
  recentSignIn: true | string[] | undefined;
}

let app: TestApp;
let routes: Route[];
beforeAll(async () => {
  app = await startApp({ WORKER_INLINE: 'false' });
  routes = writingRoutes();
});
afterAll(() => app.close());

/** Every route of the application that writes and that a signed-in person may call. */
function writingRoutes(): Route[] {
  const scanner = new MetadataScanner();
  return app.nest
    .get(DiscoveryService, { strict: false })
    .getControllers()
    .flatMap(({ metatype }) => {
      const controller = metatype as { name: string; prototype: Record<string, () => unknown> };
      return scanner.getAllMethodNames(controller.prototype).flatMap((method) => {
        const handler = controller.prototype[method] as () => unknown;
        const find = <Value>(key: string): Value | undefined =>
          (Reflect.getMetadata(key, handler) ?? Reflect.getMetadata(key, controller)) as Value | undefined;
        const verb = Reflect.getMetadata('method', handler) as RequestMethod | undefined;
        const access = find<AccessRule>(ACCESS_RULE);
        if (verb === undefined || verb === RequestMethod.GET || !access || access.kind === 'public') return [];
        const name = `${controller.name.replace(/Controller$/, '')}.${method}`;
        return [{ name, access, recentSignIn: find<true | string[]>(RECENT_SIGN_IN) }];
      });
    });
}

describe('every route that writes for a signed-in person', () => {
  it('requires a recent sign-in, or is listed here with a reason', () => {
    expect(routes.length).toBeGreaterThan(20);
    const silent = routes.filter(({ name, recentSignIn }) => !recentSignIn && !WHY_NOT[name]).map(({ name }) => name);
    expect(silent).toEqual([]);
  });

  it('is not listed here if it requires one, or does not exist', () => {
    const asking = routes.filter(({ recentSignIn }) => recentSignIn).map(({ name }) => name);
    const names = routes.map(({ name }) => name);
    expect(Object.keys(WHY_NOT).filter((name) => asking.includes(name) || !names.includes(name))).toEqual([]);
  });

  it('always requires one if it is for superusers', () => {
    const lax = routes.filter(({ access, recentSignIn }) => access.kind === 'superuser' && recentSignIn !== true);
    expect(lax).toEqual([]);
  });
});
