/**
 * A password as it is hashed, independent of the keyboard: NFC, and every kind of space as a space (OpaqueString of RFC
 * 8265). NFKC would merge characters that people distinguish.
 */
export const normalizePassword = (password: string): string => password.replace(/\p{Zs}/gu, ' ').normalize('NFC');
