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
/** As much of a word as errors show, and one character more. */
const WORD = /[\p{L}\p{N}_$.+-]{1,21}/uy;
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

const [LINE_FEED, CARRIAGE_RETURN] = [0x0a, 0x0d];
const isHighSurrogate = (unit: number): boolean => (unit & 0xfc00) === 0xd800;
const isLowSurrogate = (unit: number): boolean => (unit & 0xfc00) === 0xdc00;

/** Line and column of the character at `at`. Builds nothing, because a body can have a million lines. */
export function placeIn(text: string, at: number): { line: number; column: number } {
  const end = Math.min(at, text.length);
  let [line, column, before] = [1, 1, 0];
  for (let index = 0; index < end; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit === CARRIAGE_RETURN || unit === LINE_FEED) {
      if (unit === CARRIAGE_RETURN || before !== CARRIAGE_RETURN) line += 1;
      column = 1;
    } else if (!isLowSurrogate(unit) || !isHighSurrogate(before)) {
      column += 1;
    }
    before = unit;
  }
  return { line, column };
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
    const { length } = LITERALS.has(word) ? word : this.match(NUMBER);
    if (length === 0 || this.match(WORD, this.at + length) !== '') {
      const isNumber = /^[+-]?\.?\d/.test(word);
      return this.refuse(isNumber ? 'a number such as -1.5 or 2e10, without a leading `0`, `+` or `.`' : expected);
    }
    this.at += length;
  }

  private match(pattern: RegExp, at = this.at): string {
    pattern.lastIndex = at;
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
