import { ApiError } from '../../platform/errors/index.js';
import { includesRole, type Role } from '../permissions/index.js';
import type { Membership } from '../organizations/index.js';

const refused = (detail: string): ApiError => new ApiError('FORBIDDEN', { detail });

/**
 * Admins manage members and admins; only owners make, change or remove owners. Everybody may lower their own role.
 * @param actor the membership of whoever does it
 */
export function requireMayChangeRole(actor: Membership, target: Membership, role: Role): void {
  if (actor.userId === target.userId && includesRole(actor.role, role)) return;
  requireMayManage(actor, target.role);
  requireMayManage(actor, role);
}

/** Everybody may leave. */
export function requireMayRemove(actor: Membership, target: Membership): void {
  if (actor.userId !== target.userId) requireMayManage(actor, target.role);
}

/** Whether they may invite, make, change or remove somebody of that role. */
export const mayManage = (role: Role, managed: Role): boolean =>
  includesRole(role, 'admin') && (managed !== 'owner' || role === 'owner');

/** @throws ApiError FORBIDDEN when they may not */
export function requireMayManage({ role }: Pick<Membership, 'role'>, managed: Role): void {
  if (mayManage(role, managed)) return;
  if (!includesRole(role, 'admin')) throw refused('This needs the role admin in the organization.');
  throw refused('Only an owner can do that to or for an owner.');
}
