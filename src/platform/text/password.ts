/**
 * A password as it is hashed, however a keyboard spells it: NFC, and every kind of space as a space (OpaqueString of RFC 8265).
 * NFKC would take characters for the same that people tell apart.
 */
export const normalizePassword = (password: string): string => password.replace(/\p{Zs}/gu, ' ').normalize('NFC');
