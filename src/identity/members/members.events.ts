import type { Role } from '../permissions/index.js';

/** No payload holds a name or an address: those stand in their rows and nowhere else. */
declare module '../../platform/events/events.service.js' {
  interface EventPayloads {
    /** The subject of these is the person. */
    'member.joined': { user_id: string; role: Role };
    'member.left': { user_id: string; role: Role };
    'member.removed': { user_id: string; role: Role };
    'member.role_changed': { user_id: string; from: Role; to: Role };
    'invitation.created': { role: Role; invited_by: string };
    /** It is to be sent by mail again. */
    'invitation.resent': { role: Role };
    'invitation.revoked': { role: Role };
    'invitation.accepted': { role: Role; user_id: string };
  }
}

export {};
