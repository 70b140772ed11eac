/** Control characters, ends of lines, and what turns the direction of the text that follows: no name has these. */
const NOT_IN_NAMES = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

/** Whether people and organizations may be called so, apart from the length. */
export const isName = (text: string): boolean => /\S/.test(text) && !NOT_IN_NAMES.test(text);

/** What nobody sees, or what ends a line. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Cf}\p{Default_Ignorable_Code_Point}]+/gu;
/** What programs take a link by, in all its widths, where it is followed by more: dots, `@`, `:`, and slashes in a row. */
const LINKING =
  /[.\u2024\u3002\ufe52\uff0e\uff61@\ufe6b\uff20:\ufe13\ufe55\uff1a]+(?=\S)|[/\\\u2044\u2215\ufe68\uff0f\uff3c]{2,}|[@\ufe6b\uff20]/gu;

/**
 * A name that somebody chose, for a mail: on one line, and nothing in it that a program for mail makes a link of, be it an email
 * address, a URL or a bare domain.
 */
export const withoutLinks = (name: string): string =>
  name.replace(UNSEEN, ' ').replace(LINKING, ' ').replace(/\s+/gu, ' ').trim();
