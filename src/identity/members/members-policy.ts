import { ApiError } from '../../platform/errors/index.js';
import { includesRole, lacksRole, type Role } from '../permissions/index.js';
import type { Membership } from '../organizations/index.js';

/**
 * Admins manage members and admins; only owners appoint, change or remove owners. All members may lower their own role.
 * @param actor the membership of the caller
 */
export function requireMayChangeRole(actor: Membership, target: Membership, role: Role): void {
  if (actor.userId === target.userId && includesRole(actor.role, role)) return;
  requireMayManage(actor, target.role);
  requireMayManage(actor, role);
}

/** All members may leave. */
export function requireMayRemove(actor: Membership, target: Membership): void {
  if (actor.userId !== target.userId) requireMayManage(actor, target.role);
}

/** Whether members with `role` may invite, appoint, change or remove members with the role `managed`. */
export const mayManage = (role: Role, managed: Role): boolean =>
  includesRole(role, 'admin') && (managed !== 'owner' || role === 'owner');

/** @throws ApiError FORBIDDEN when they may not */
export function requireMayManage({ role }: Pick<Membership, 'role'>, managed: Role): void {
  if (mayManage(role, managed)) return;
  if (!includesRole(role, 'admin')) throw lacksRole('admin');
  throw new ApiError('FORBIDDEN', { detail: 'Only an owner can add, change or remove an owner.' });
}
