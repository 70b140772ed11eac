/** Marks between which models think aloud; the marks of harmony and of chat templates are among them. */
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
 * How models begin that think aloud without saying so: the chat template has written the opening mark. Such a beginning is
 * held back until the closing mark, or the end, tells what it was.
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
  /** What was given out as text so far was reasoning. */
  | { type: 'restart' };

type Listening =
  | { to: 'text' }
  /** `isDoubtful`: in the middle of a line, it is a text about the mark unless it is closed. */
  | { to: 'reasoning'; close: string; isDoubtful: boolean }
  /** To a beginning that may turn out to be reasoning. */
  | { to: 'musing' };

/** Parts the reasoning from the answer in a text that arrives in pieces of any size. */
export class ReasoningFilter {
  /** Whether the text began with reasoning that no mark had opened: the next answer of this model will do the same. */
  startedUnmarked = false;
  private listening: Listening = { to: 'musing' };
  private readonly place = new Place();
  /** What could be the beginning of a mark. */
  private uncertain = '';
  /** What is kept back, as musing or in doubt. */
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

  /** @param isCut whether the answer ends in the middle: what an unmarked model has said by then was still reasoning */
  end(isCut: boolean): Heard[] {
    const heard = this.hear(this.uncertain);
    const isReasoning = this.listening.to === 'musing' && this.expectsUnmarked && isCut;
    return isReasoning ? heard : [...heard, ...this.release()];
  }

  /** Whether a mark means something here: not in code, nor in reasoning that another mark closes. */
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
    // A sign of life.
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

/** Where in Markdown a text has arrived. */
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

/** An answer of an earlier time without the reasoning in it. */
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
  // The first pieces decide; afterwards this costs nothing.
  const beginning = kept.slice(0, 40).join('').trimStart().slice(0, 20).replaceAll('’', "'");
  return MUSINGS.some((musing) => musing.startsWith(beginning) || beginning.startsWith(musing));
}

/** How much of the end of a text may turn out to be the beginning of a mark. */
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
