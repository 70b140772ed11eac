import { domainToASCII, domainToUnicode } from 'node:url';

/** Limit of an address of RFC 5321 (4.5.3.1), in bytes. */
export const MAX_EMAIL = 254;
const MAX_LOCAL_BYTES = 64;
/** Longer than any spelling of an address of 254 bytes. Longer input is refused without parsing. */
const MAX_SPELLED = 1000;

/** `atext` of RFC 5322, and letters, marks and digits of other scripts (RFC 6531). No quotes, white space or comments. */
const LOCAL_PART = /^[\w!#$%&'*+/=?^`{|}~\p{L}\p{N}-][\w!#$%&'*+/=?^`{|}~\p{L}\p{M}\p{N}-]*$/u;
/** Before IDNA, which would drop or map other characters. These are the dots that IDNA accepts. */
const DOMAIN = /^[\p{L}\p{M}\p{N}.\u3002\uff0e\uff61-]+$/u;
const ASCII_DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})$/;
/** Invisible characters, some of which are letters and marks. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/u;

/**
 * The normal spelling of an email address, in which it is stored, compared, shown and mailed to: NFC, lower case, ASCII
 * domain (IDNA), no dot at the end. All spellings of an address have the same normal spelling.
 * @returns undefined for an invalid address, or one that looks like another
 */
export function normalizeEmail(text: string): string | undefined {
  if (text.length > MAX_SPELLED || INVISIBLE.test(text)) return undefined;
  const [spelledLocal, spelledDomain, ...rest] = text.replace(/^ +| +$/g, '').split('@');
  if (!spelledLocal || !spelledDomain || rest.length > 0) return undefined;
  // Lower case can leave what NFC combines: "İ" becomes "i" and a dot.
  const local = spelledLocal.normalize('NFC').toLowerCase().normalize('NFC');
  const domain = normalizeDomain(spelledDomain);
  if (domain === undefined || !local.split('.').every((part) => LOCAL_PART.test(part))) return undefined;
  const email = `${local}@${domain}`;
  return Buffer.byteLength(local) <= MAX_LOCAL_BYTES && Buffer.byteLength(email) <= MAX_EMAIL ? email : undefined;
}

/** The beginning of a stored address, for a search: in the normal spelling if it is a whole address. */
export const normalizeEmailBeginning = (text: string): string =>
  normalizeEmail(text) ?? text.trim().normalize('NFC').toLowerCase();

function normalizeDomain(spelled: string): string | undefined {
  if (!DOMAIN.test(spelled)) return undefined;
  const domain = domainToASCII(spelled).replace(/\.$/, '');
  if (!ASCII_DOMAIN.test(domain)) return undefined;
  // An ASCII domain must be the IDNA form of the name that it encodes, and that name must be visible.
  const shown = domainToUnicode(domain);
  return DOMAIN.test(shown) && !INVISIBLE.test(shown) && domainToASCII(shown) === domain ? domain : undefined;
}
