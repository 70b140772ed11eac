import { domainToASCII, domainToUnicode } from 'node:url';

/** Of RFC 5321 (4.5.3.1), in bytes. */
const MAX_BYTES = 254;
const MAX_LOCAL_BYTES = 64;
/** More than an address of 254 bytes has in any spelling: nothing longer is looked at. */
const MAX_SPELLED = 1000;

/** `atext` of RFC 5322, and letters, marks and digits of other scripts (RFC 6531). No quotes, white space or comments. */
const LOCAL_PART = /^[\w!#$%&'*+/=?^`{|}~\p{L}\p{N}-][\w!#$%&'*+/=?^`{|}~\p{L}\p{M}\p{N}-]*$/u;
/** Before IDNA, which would drop or map what else stands there. The dots are those that IDNA takes for dots. */
const DOMAIN = /^[\p{L}\p{M}\p{N}.\u3002\uff0e\uff61-]+$/u;
const ASCII_DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})$/;
/** What nobody sees, letters and marks among it. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/u;

/**
 * The one spelling of an email address, in which it is stored, compared, shown and mailed to: NFC, in lower case, the domain in
 * ASCII (IDNA), without the dot at the end. Every spelling of an address gives the same, and it gives itself.
 * @returns undefined for what is no address, or one that cannot be told from another by looking at it
 */
export function normalizeEmail(text: string): string | undefined {
  if (text.length > MAX_SPELLED || INVISIBLE.test(text)) return undefined;
  const [spelledLocal, spelledDomain, ...rest] = text.replace(/^ +| +$/g, '').split('@');
  if (!spelledLocal || !spelledDomain || rest.length > 0) return undefined;
  // Lower case first may leave what NFC joins: "İ" becomes "i" and a dot.
  const local = spelledLocal.normalize('NFC').toLowerCase().normalize('NFC');
  const domain = normalizeDomain(spelledDomain);
  if (domain === undefined || !local.split('.').every((part) => LOCAL_PART.test(part))) return undefined;
  const email = `${local}@${domain}`;
  return Buffer.byteLength(local) <= MAX_LOCAL_BYTES && Buffer.byteLength(email) <= MAX_BYTES ? email : undefined;
}

/** The beginning of an address as it is stored, to look for it: the whole one in its one spelling. */
export const normalizeEmailBeginning = (text: string): string =>
  normalizeEmail(text) ?? text.trim().normalize('NFC').toLowerCase();

function normalizeDomain(spelled: string): string | undefined {
  if (!DOMAIN.test(spelled)) return undefined;
  const domain = domainToASCII(spelled).replace(/\.$/, '');
  if (!ASCII_DOMAIN.test(domain)) return undefined;
  // What is given in ASCII must be what IDNA makes of the name that it stands for, and that name must be visible.
  const shown = domainToUnicode(domain);
  return DOMAIN.test(shown) && !INVISIBLE.test(shown) && domainToASCII(shown) === domain ? domain : undefined;
}
