import { styleText } from 'node:util';

const { stdout } = process;
// A reader of only the first lines (`| head`) needs no error.
stdout.on('error', () => process.exit());
const live = Boolean(stdout.isTTY);
const WIDTH = Math.min(stdout.columns || 100, 100);
const LINK = /\[([^[\]]+)\]\([^()]*\)/g;
const CLEAR_LINE = '\r\x1b[K';

/**
 * @param {Parameters<typeof styleText>[0]} style
 * @param {string} text
 */
export const paint = (style, text) => (live && !process.env.NO_COLOR ? styleText(style, text) : text);

export const say = (line = '') => void stdout.write(`${line}\n`);

/** @param {string} text a line that the next one replaces; not shown unless the terminal can replace it */
export const sayForNow = (text) => void (live && stdout.write(CLEAR_LINE + text));

/** Writes Markdown as it arrives: prose wrapped between words, code unchanged. */
export class Paragraph {
  #indent;
  #style;
  #verbatim;
  #column = 0;
  #word = '';
  #inCode = false;

  /**
   * @param {string} indent
   * @param {{ style?: Parameters<typeof styleText>[0], verbatim?: boolean }} [options] link addresses are removed unless
   *   verbatim
   */
  constructor(indent, { style = 'reset', verbatim = false } = {}) {
    this.#indent = indent;
    this.#style = style;
    this.#verbatim = verbatim;
  }

  /** @param {string} text */
  write(text) {
    for (const character of text) {
      const ends = this.#inCode ? character === '\n' : /\s/.test(character);
      if (ends) this.#flush();
      else this.#word += character;
    }
    return this;
  }

  end() {
    this.#flush();
    say();
  }

  #flush() {
    const word = this.#word;
    this.#word = '';
    if (word.startsWith('```')) {
      this.#inCode = !this.#inCode;
      this.#print(word, true);
    } else if (this.#inCode) {
      this.#print(word, true);
    } else if (word) {
      this.#print(this.#verbatim ? word : word.replace(LINK, '$1'), false);
    }
    // Text after code begins a new line.
    if (this.#inCode || word.startsWith('```')) this.#column = WIDTH;
  }

  /**
   * @param {string} text
   * @param {boolean} onNewLine
   */
  #print(text, onNewLine) {
    const fits = !onNewLine && this.#column > 0 && this.#column + 1 + text.length <= WIDTH;
    const before = fits ? ' ' : `${this.#column > 0 ? '\n' : ''}${this.#indent}`;
    this.#column = (fits ? this.#column + 1 : this.#indent.length) + text.length;
    stdout.write(before + paint(this.#style, text));
  }
}

/**
 * @param {string} text
 * @param {number} length
 */
export function shortened(text, length) {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= length ? line : `${line.slice(0, length - 1).trimEnd()}…`;
}

/** @param {number} value */
export const count = (value) => value.toLocaleString('en-US');

/** @param {number} ms */
export const time = (ms) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);
