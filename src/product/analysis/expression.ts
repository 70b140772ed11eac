/** A metric, computed over rows. Its grammar has nothing but numbers, columns, the aggregates below, `+ - * /` and `where`. */
export type Expression =
  | { kind: 'number'; value: number }
  | { kind: 'name'; name: string }
  | { kind: 'negative'; of: Expression }
  | { kind: 'binary'; operator: '+' | '-' | '*' | '/'; left: Expression; right: Expression }
  | { kind: 'aggregate'; name: Aggregate; of: Expression | '*'; conditions: Condition[] };

export interface Condition {
  column: string;
  operator: '=' | '!=' | '<' | '<=' | '>' | '>=';
  value: string | number | boolean;
}

const AGGREGATES = ['sum', 'avg', 'min', 'max', 'median', 'count', 'count_distinct'] as const;
type Aggregate = (typeof AGGREGATES)[number];

/** The text is no expression. */
export class ExpressionError extends Error {}

const MAX_DEPTH = 30;
const TOKEN =
  /\s*(?:(?<number>\d+(?:\.\d+)?|\.\d+)|(?<quoted>"(?:[^"]|"")*"|`[^`]*`)|(?<text>'(?:[^']|'')*')|(?<name>[\p{L}_][\p{L}\p{M}\p{N}_]*)|(?<sign><=|>=|!=|<>|[-+*/(),=<>]))/uy;

interface Token {
  kind: 'number' | 'quoted' | 'text' | 'name' | 'sign' | 'end';
  text: string;
}

/**
 * Reads an expression such as `sum(Profit) / sum(Sales)` or `count(* where Region = 'West')`. Names of columns with
 * spaces stand in double quotes.
 * @throws ExpressionError
 */
export const parseExpression = (text: string): Expression => new Parser(text).parse();

class Parser {
  private readonly tokens: Token[];
  private at = 0;
  private depth = 0;

  constructor(text: string) {
    this.tokens = tokensOf(text);
  }

  parse(): Expression {
    const expression = this.sum(false);
    if (this.next.kind !== 'end') throw new ExpressionError(`Unexpected ${shown(this.next)}.`);
    return expression;
  }

  private get next(): Token {
    return this.tokens[this.at] as Token;
  }

  private take(text: string): boolean {
    const isNext = this.next.kind === 'sign' && this.next.text === text;
    if (isNext) this.at += 1;
    return isNext;
  }

  private expect(text: string): void {
    if (!this.take(text)) throw new ExpressionError(`Expected “${text}”, not ${shown(this.next)}.`);
  }

  private takeWord(word: string): boolean {
    const isNext = this.next.kind === 'name' && this.next.text.toLowerCase() === word;
    if (isNext) this.at += 1;
    return isNext;
  }

  private sum(isInside: boolean): Expression {
    let left = this.product(isInside);
    for (;;) {
      const operator = this.take('+') ? '+' : this.take('-') ? '-' : undefined;
      if (!operator) return left;
      left = { kind: 'binary', operator, left, right: this.product(isInside) };
    }
  }

  private product(isInside: boolean): Expression {
    let left = this.factor(isInside);
    for (;;) {
      const operator = this.take('*') ? '*' : this.take('/') ? '/' : undefined;
      if (!operator) return left;
      left = { kind: 'binary', operator, left, right: this.factor(isInside) };
    }
  }

  private factor(isInside: boolean): Expression {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) throw new ExpressionError('The expression is nested too deeply.');
    try {
      return this.primary(isInside);
    } finally {
      this.depth -= 1;
    }
  }

  private primary(isInside: boolean): Expression {
    if (this.take('-')) return { kind: 'negative', of: this.factor(isInside) };
    if (this.take('(')) {
      const inner = this.sum(isInside);
      this.expect(')');
      return inner;
    }
    const token = this.next;
    this.at += 1;
    if (token.kind === 'number') return { kind: 'number', value: Number(token.text) };
    if (token.kind === 'quoted') return { kind: 'name', name: unquoted(token.text) };
    if (token.kind !== 'name') throw new ExpressionError(`Unexpected ${shown(token)}.`);
    if (!this.take('(')) return { kind: 'name', name: token.text };
    const name = token.text.toLowerCase() as Aggregate;
    if (!AGGREGATES.includes(name)) {
      throw new ExpressionError(`“${token.text}” is no function. Use one of ${AGGREGATES.join(', ')}.`);
    }
    if (isInside) throw new ExpressionError(`“${token.text}” cannot be inside another function.`);
    const of = name === 'count' && this.take('*') ? '*' : this.sum(true);
    const conditions = this.takeWord('where') ? this.conditions() : [];
    this.expect(')');
    return { kind: 'aggregate', name, of, conditions };
  }

  private conditions(): Condition[] {
    const found = [this.condition()];
    while (this.takeWord('and')) found.push(this.condition());
    return found;
  }

  private condition(): Condition {
    const column = this.next;
    if (column.kind !== 'name' && column.kind !== 'quoted') {
      throw new ExpressionError(`Expected a column, not ${shown(column)}.`);
    }
    this.at += 1;
    const { text: operator } = this.next;
    if (!['=', '!=', '<>', '<', '<=', '>', '>='].includes(operator)) {
      throw new ExpressionError(`Expected a comparison, not ${shown(this.next)}.`);
    }
    this.at += 1;
    const value = this.value();
    return {
      column: column.kind === 'quoted' ? unquoted(column.text) : column.text,
      operator: (operator === '<>' ? '!=' : operator) as Condition['operator'],
      value,
    };
  }

  private value(): Condition['value'] {
    const sign = this.take('-') ? -1 : 1;
    const token = this.next;
    this.at += 1;
    if (token.kind === 'number') return sign * Number(token.text);
    if (sign > 0 && token.kind === 'text') return token.text.slice(1, -1).replaceAll("''", "'");
    if (sign > 0 && /^(?:true|false)$/i.test(token.text)) return token.text.toLowerCase() === 'true';
    throw new ExpressionError(`Expected a number or a text in single quotes, not ${shown(token)}.`);
  }
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const line = text.trim();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < line.length) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(line);
    if (!match?.groups) throw new ExpressionError(`Unexpected “${line.slice(from, from + 10).trim()}”.`);
    const [kind, found] = Object.entries(match.groups).find(([, group]) => group !== undefined) as [
      Token['kind'],
      string,
    ];
    tokens.push({ kind, text: found });
  }
  return [...tokens, { kind: 'end', text: '' }];
}

const unquoted = (text: string): string =>
  text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text.slice(1, -1);

const shown = ({ kind, text }: Token): string => (kind === 'end' ? 'the end' : `“${text}”`);
