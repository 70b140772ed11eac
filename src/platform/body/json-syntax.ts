/** A JSON syntax error, for the author of the text. */
export interface SyntaxProblem {
  /** `line` and `column` start at 1; columns count Unicode characters. */
  line: number;
  column: number;
  found: string;
  expected: string;
}

const END = 'the end of the body';
const SHOWN_CHARACTERS = 20;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;
const WORD = /[\p{L}\p{N}_$.+-]+/uy;
const LITERALS = new Set(['true', 'false', 'null']);
const ESCAPES = new Set('"\\/bfnrt');

/** Common mistakes: the character or word found -> a hint at the JSON equivalent. */
const HINTS: Record<string, string> = {
  "'": 'JSON has double quotes only',
  '`': 'JSON has double quotes only',
  '“': 'JSON has straight double quotes only',
  '”': 'JSON has straight double quotes only',
  '/': 'JSON has no comments',
  '#': 'JSON has no comments',
  NaN: 'JSON has no such number; use `null`',
  Infinity: 'JSON has no such number; use `null`',
  '-Infinity': 'JSON has no such number; use `null`',
  undefined: 'use `null`, or leave the field out',
  None: 'JSON has `null`',
  True: 'JSON has `true`',
  False: 'JSON has `false`',
  '\uFEFF': 'remove the byte order mark',
};

class SyntaxFault extends Error {
  constructor(
    readonly at: number,
    readonly found: string,
    readonly expected: string,
  ) {
    super('malformed JSON');
  }
}

/** The first syntax error of a text (RFC 8259); undefined for valid JSON. */
export function findSyntaxProblem(text: string): SyntaxProblem | undefined {
  try {
    new Reader(text).readDocument();
    return undefined;
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    const { at, found, expected } = error;
    return { ...placeIn(text, at), found, expected };
  }
}

/** Line and column of the character at `at`. */
export function placeIn(text: string, at: number): { line: number; column: number } {
  const lines = text.slice(0, at).split(/\r\n|\r|\n/);
  return { line: lines.length, column: Array.from(lines.at(-1) as string).length + 1 };
}

/** Checks the syntax of a text of bounded depth. Builds no value: the JSON parser does, once the text is valid. */
class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  readDocument(): void {
    this.readValue('a JSON value');
    this.skipSpace();
    if (this.at < this.text.length) this.refuse(END);
  }

  private readValue(expected: string): void {
    this.skipSpace();
    switch (this.text.charAt(this.at)) {
      case '{':
        return this.readItems('}', () => this.readProperty());
      case '[':
        return this.readItems(']', () => this.readValue('a value'));
      case '"':
        return this.readString();
      default:
        return this.readWord(expected);
    }
  }

  /** An array or object: items separated by commas. */
  private readItems(close: '}' | ']', readItem: () => void): void {
    const start = this.at;
    this.at += 1;
    this.skipSpace();
    if (this.skip(close)) return;
    for (;;) {
      readItem();
      this.skipSpace();
      if (this.skip(close)) return;
      const comma = this.at;
      if (!this.skip(',')) this.refuse(`\`,\` or \`${close}\`${this.isAtEnd ? this.closing(start) : ''}`);
      this.skipSpace();
      if (this.text[this.at] === close)
        throw new SyntaxFault(comma, 'a trailing comma', `\`${close}\` without a comma before it`);
    }
  }

  private readProperty(): void {
    if (this.text[this.at] !== '"') this.refuse('a field name in double quotes');
    this.readString();
    this.skipSpace();
    if (!this.skip(':')) this.refuse('`:` after the field name');
    this.readValue('a value');
  }

  private readString(): void {
    const start = this.at;
    for (this.at += 1; !this.isAtEnd; this.at += 1) {
      const character = this.text[this.at] as string;
      if (character === '"') {
        this.at += 1;
        return;
      }
      if (character < ' ') this.refuse(`the escape \`${escapeOf(character)}\` within a string`);
      if (character === '\\') this.readEscape();
    }
    this.refuse(`\`"\`${this.closing(start)}`);
  }

  /** Stops at the last character of the escape. */
  private readEscape(): void {
    const start = this.at;
    this.at += 1;
    if (this.isAtEnd) return this.refuse('the rest of an escape');
    const kind = this.text[this.at] as string;
    if (ESCAPES.has(kind)) return;
    if (kind !== 'u') {
      throw new SyntaxFault(
        start,
        shown(`\\${kind}`),
        'an escape: `\\"`, `\\\\`, `\\/`, `\\b`, `\\f`, `\\n`, `\\r`, `\\t` or `\\u` and four hexadecimal digits',
      );
    }
    for (let digit = 0; digit < 4; digit += 1) {
      this.at += 1;
      if (!/^[0-9A-Fa-f]$/.test(this.text[this.at] ?? '')) this.refuse('four hexadecimal digits after `\\u`');
    }
  }

  /** A number, `true`, `false` or `null`. */
  private readWord(expected: string): void {
    const word = this.match(WORD);
    if (!LITERALS.has(word) && this.match(NUMBER) !== word) {
      const isNumber = /^[+-]?\.?\d/.test(word);
      return this.refuse(isNumber ? 'a number such as -1.5 or 2e10, without a leading `0`, `+` or `.`' : expected);
    }
    if (word === '') this.refuse(expected);
    this.at += word.length;
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    return pattern.exec(this.text)?.[0] ?? '';
  }

  private skip(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  private skipSpace(): void {
    this.at += this.match(SPACE).length;
  }

  private get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  private closing(start: number): string {
    const { line, column } = placeIn(this.text, start);
    return ` to close the \`${this.text[start]}\` at line ${line}, column ${column}`;
  }

  private refuse(expected: string): never {
    const word = this.match(WORD) || String.fromCodePoint(this.text.codePointAt(this.at) ?? 0);
    const hint = this.isAtEnd ? undefined : (HINTS[word] ?? HINTS[word[0] as string]);
    throw new SyntaxFault(this.at, this.isAtEnd ? END : shown(word), hint ? `${expected} (${hint})` : expected);
  }
}

const escapeOf = (character: string): string => JSON.stringify(character).slice(1, -1);

/** The found text as errors show it, with invisible characters as code points. */
function shown(word: string): string {
  if (/^[\p{C}\p{Z}]/u.test(word)) {
    return `the character U+${(word.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')}`;
  }
  return `\`${word.length > SHOWN_CHARACTERS ? `${word.slice(0, SHOWN_CHARACTERS).toWellFormed()}…` : word}\``;
}
