/** Marks that enclose reasoning, including those of harmony and of chat templates. */
const MARKS: readonly [open: string, close: string][] = [
  ['<think>', '</think>'],
  ['<thinking>', '</thinking>'],
  ['<thought>', '</thought>'],
  ['<reasoning>', '</reasoning>'],
  ['[think]', '[/think]'],
  ['◁think▷', '◁/think▷'],
  ['<|channel|>analysis<|message|>', '<|channel|>final<|message|>'],
];
const CLOSE_OF = new Map(MARKS);
const ALL_MARKS = MARKS.flat();
const ANY_MARK = new RegExp(ALL_MARKS.map(escaped).join('|'), 'gi');
const LONGEST_MARK = Math.max(...ALL_MARKS.map(({ length }) => length));
/**
 * How reasoning begins without an opening mark, because the chat template has already written it. Such a beginning is
 * held back until the closing mark or the end shows whether it is reasoning.
 */
const MUSINGS = [
  'Okay, ',
  'Ok, ',
  'Alright, ',
  'Hmm',
  'Let me ',
  "Let's ",
  'We need to',
  'We have to',
  'I need to',
  'I should',
  'First, I ',
  'The user asks',
  'The user is',
  'The user wants',
  'The user has',
  "The user's",
  'User asks',
  'User wants',
  'User question',
  'The question is',
];

export type Heard =
  | { type: 'text'; text: string }
  | { type: 'reasoning'; text: string }
  /** All text returned so far was reasoning. */
  | { type: 'restart' };

type Listening =
  | { to: 'text' }
  /** `isDoubtful`: the mark is in the middle of a line, so it is ordinary text unless a closing mark follows. */
  | { to: 'reasoning'; close: string; isDoubtful: boolean }
  /** A beginning that may turn out to be reasoning. */
  | { to: 'musing' };

/** Separates reasoning from the answer in a text that arrives in pieces of any size. */
export class ReasoningFilter {
  /** Whether the text began with reasoning without an opening mark. The next answer of this model will do the same. */
  startedUnmarked = false;
  private listening: Listening = { to: 'musing' };
  private readonly place = new Place();
  /** An end of the text that may be the beginning of a mark. */
  private uncertain = '';
  /** Text that is held back, because it may be reasoning. */
  private kept: string[] = [];
  private hasBegun = false;
  private isTrimmed = true;

  /** @param expectsUnmarked whether an earlier answer of this model started unmarked */
  constructor(private readonly expectsUnmarked = false) {}

  add(piece: string): Heard[] {
    const text = this.uncertain + piece;
    const heard: Heard[] = [];
    let from = 0;
    for (const { 0: mark, index } of text.matchAll(ANY_MARK)) {
      heard.push(...this.hear(text.slice(from, index)));
      heard.push(...(this.concerns(mark) ? this.pass(mark) : this.hear(mark)));
      from = index + mark.length;
    }
    const end = text.length - lengthOfUncertainEnd(text.slice(from));
    this.uncertain = text.slice(end);
    return [...heard, ...this.hear(text.slice(from, end))];
  }

  /** @param isCut whether the answer was cut off: without a closing mark, the text of an unmarked model is still reasoning */
  end(isCut: boolean): Heard[] {
    const heard = this.hear(this.uncertain);
    const isReasoning = this.listening.to === 'musing' && this.expectsUnmarked && isCut;
    return isReasoning ? heard : [...heard, ...this.release()];
  }

  /** Whether a mark has a meaning here: not in code, and in reasoning only its own closing mark. */
  private concerns(mark: string): boolean {
    if (this.listening.to === 'reasoning') return mark.toLowerCase() === this.listening.close;
    return !this.place.isCode;
  }

  private pass(mark: string): Heard[] {
    if (this.listening.to === 'reasoning') return this.endReasoning();
    const close = CLOSE_OF.get(mark.toLowerCase());
    if (close === undefined) return this.endUnmarked();
    const released = this.release();
    const isDoubtful = !this.place.isBlankLine;
    this.listening = { to: 'reasoning', close, isDoubtful };
    if (isDoubtful) this.kept.push(mark);
    return released;
  }

  private endReasoning(): Heard[] {
    const text = this.kept.splice(0).join('');
    this.listening = { to: 'text' };
    return text ? [{ type: 'reasoning', text }] : [];
  }

  private endUnmarked(): Heard[] {
    const restart: Heard[] = this.hasBegun ? [{ type: 'restart' }] : [];
    this.startedUnmarked = true;
    this.hasBegun = false;
    this.isTrimmed = true;
    return [...restart, ...this.endReasoning()];
  }

  private release(): Heard[] {
    const text = this.kept.splice(0).join('');
    this.listening = { to: 'text' };
    return this.say(text);
  }

  private hear(text: string): Heard[] {
    if (text === '') return [];
    if (this.listening.to === 'reasoning') {
      if (!this.listening.isDoubtful) return [{ type: 'reasoning', text }];
      this.kept.push(text);
      return [{ type: 'reasoning', text: '' }];
    }
    this.place.pass(text);
    if (this.listening.to === 'text') return this.say(text);
    this.kept.push(text);
    if (!this.expectsUnmarked && !mayBeMusing(this.kept)) return this.release();
    // Shows that the model is not silent.
    return [{ type: 'reasoning', text: '' }];
  }

  private say(given: string): Heard[] {
    const text = this.isTrimmed ? given.trimStart() : given;
    if (text === '') return [];
    this.isTrimmed = false;
    this.hasBegun = true;
    return [{ type: 'text', text }];
  }
}

/** The current position in Markdown. */
class Place {
  isBlankLine = true;
  private isFenced = false;
  private ticksInLine = 0;
  private run = 0;

  get isCode(): boolean {
    return this.isFenced || this.ticksInLine % 2 === 1;
  }

  pass(text: string): void {
    for (const character of text) {
      this.run = character === '`' ? this.run + 1 : 0;
      if (this.run > 0) this.ticksInLine++;
      if (this.run === 3) this.isFenced = !this.isFenced;
      if (character === '\n') [this.isBlankLine, this.ticksInLine] = [true, 0];
      else if (character.trim() !== '') this.isBlankLine = false;
    }
  }
}

/** An earlier answer without its reasoning. */
export function withoutReasoning(answer: string): string {
  if (answer.search(ANY_MARK) < 0) return answer;
  const filter = new ReasoningFilter();
  let text = '';
  for (const heard of [...filter.add(answer), ...filter.end(false)]) {
    if (heard.type === 'restart') text = '';
    if (heard.type === 'text') text += heard.text;
  }
  return text;
}

function mayBeMusing(kept: string[]): boolean {
  // Only the first pieces count, so this stays fast.
  const beginning = kept.slice(0, 40).join('').trimStart().slice(0, 20).replaceAll('’', "'");
  return MUSINGS.some((musing) => musing.startsWith(beginning) || beginning.startsWith(musing));
}

/** Length of the end of a text that may be the beginning of a mark. */
function lengthOfUncertainEnd(text: string): number {
  const lower = text.slice(-LONGEST_MARK).toLowerCase();
  for (let length = Math.min(lower.length, LONGEST_MARK - 1); length > 0; length--) {
    const end = lower.slice(lower.length - length);
    if (ALL_MARKS.some((mark) => mark.length > length && mark.startsWith(end))) return length;
  }
  return 0;
}

function escaped(text: string): string {
  return text.replace(/[|[\]\\/]/g, String.raw`\$&`);
}
