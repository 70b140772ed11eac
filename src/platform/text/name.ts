/** Control characters, line ends and direction overrides, which no name contains. */
const NOT_IN_NAMES = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

/** Whether this can be the name of a person or an organization, apart from its length. */
export const isName = (text: string): boolean => /\S/.test(text) && !NOT_IN_NAMES.test(text);

/** Invisible characters and line ends. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Cf}\p{Default_Ignorable_Code_Point}]+/gu;
/**
 * Characters by which programs recognize a link, if more text follows: dots, `@`, `:` and several slashes, in all
 * widths.
 */
const LINKING =
  /[.\u2024\u3002\ufe52\uff0e\uff61@\ufe6b\uff20:\ufe13\ufe55\uff1a]+(?=\S)|[/\\\u2044\u2215\ufe68\uff0f\uff3c]{2,}|[@\ufe6b\uff20]/gu;

/**
 * A user's name for a mail: on one line, and without anything that a mail program turns into a link, such as an email
 * address, a URL or a bare domain.
 */
export const withoutLinks = (name: string): string =>
  name.replace(UNSEEN, ' ').replace(LINKING, ' ').replace(/\s+/gu, ' ').trim();
