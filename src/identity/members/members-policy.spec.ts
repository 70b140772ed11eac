import { describe, expect, it } from 'vitest';
import { roles, type Role } from '../permissions/index.js';
import type { Membership } from '../organizations/index.js';
import { requireMayChangeRole, requireMayRemove } from './members-policy.js';

const as = (userId: string, role: Role): Membership => ({ userId, role }) as Membership;
const isAllowed = (check: () => void): boolean => {
  try {
    check();
    return true;
  } catch {
    return false;
  }
};
/** `from>to` for every pair of roles that the check allows. */
const allowedChanges = (actor: Role, isSelf: boolean): string[] =>
  roles
    .flatMap((from) => roles.map((to) => [from, to] as const))
    .filter(([from]) => !isSelf || from === actor)
    .filter(([from, to]) =>
      isAllowed(() => requireMayChangeRole(as('actor', actor), as(isSelf ? 'actor' : 'other', from), to)),
    )
    .map((pair) => pair.join('>'));
const allowedRemovals = (actor: Role, target: string): Role[] =>
  roles.filter((role) => isAllowed(() => requireMayRemove(as('actor', actor), as(target, role))));

describe('the role of others', () => {
  it('cannot be changed by members', () => expect(allowedChanges('member', false)).toEqual([]));
  it('can be changed by admins, up to admin', () =>
    expect(allowedChanges('admin', false)).toEqual(['member>member', 'member>admin', 'admin>member', 'admin>admin']));
  it('can be changed by owners in every way', () => expect(allowedChanges('owner', false)).toHaveLength(9));
});

describe('one’s own role', () => {
  it('can be lowered but not raised', () => {
    expect(allowedChanges('member', true)).toEqual(['member>member']);
    expect(allowedChanges('admin', true)).toEqual(['admin>member', 'admin>admin']);
    expect(allowedChanges('owner', true)).toEqual(['owner>member', 'owner>admin', 'owner>owner']);
  });
});

describe('removal', () => {
  it('of others follows the same rules', () => {
    expect(allowedRemovals('member', 'other')).toEqual([]);
    expect(allowedRemovals('admin', 'other')).toEqual(['member', 'admin']);
    expect(allowedRemovals('owner', 'other')).toEqual(['member', 'admin', 'owner']);
  });
  it('of oneself is always allowed', () => expect(allowedRemovals('member', 'actor')).toContain('member'));
});
