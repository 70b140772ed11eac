import { ApiError } from '../../platform/errors/index.js';

/** The roles of an organization's members, lowest first. */
export const roles = ['member', 'admin', 'owner'] as const;

export type Role = (typeof roles)[number];

/** Whether a role includes the rights of another. */
export const includesRole = (role: Role, required: Role): boolean => roles.indexOf(role) >= roles.indexOf(required);

/** The error for a role that is too low. */
export const lacksRole = (required: Role): ApiError =>
  new ApiError('FORBIDDEN', { detail: `This operation requires the role ${required} in the organization.` });
