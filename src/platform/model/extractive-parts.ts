import { terms } from '../text/index.js';

const MAX_PART = 300;
const MAX_PARTS = 3;

/**
 * The questions in a message: "When was it founded, and how many employees does it have?" A part can depend on the
 * previous one, which is then its earlier question.
 */
export function partsOf(question: string): string[] {
  if (question.length > MAX_PART) return [question];
  const shared = SHARED.map((pattern) => pattern.exec(question)?.groups).find(Boolean);
  if (shared) {
    const { before = '', first = '', second = '', after = '' } = shared;
    // Each has one: "the defaults of A and B".
    const each = before.replace(/^what are (the \S+)s of$/i, 'what is $1 of');
    return [first, second].map((subject) => `${each} ${subject} ${after}`.trim());
  }
  const parts = question
    .split(/(?<=\?)\s+(?:and\s+)?|,?\s+and\s+(?=(?:how|what|when|where|which|who|why|is|are|does|do|can)\b)/i)
    .map((part) => part.trim())
    .filter((part) => terms(part).length > 0);
  return parts.length > 1 && parts.length <= MAX_PARTS ? parts : [question];
}

/** "What are the defaults of A and B?", "What do A and B accept?" */
const SHARED = [
  /^(?<before>what (?:is|are) (?:the )?[^,?]{1,40}? of) (?<first>[^,?]{1,40}?) and (?:of )?(?<second>[^,?]{1,40}?)\??$/i,
  /^(?<before>what (?:do|does|did)) (?<first>[^,?]{1,40}?) and (?<second>\S{1,40}) (?<after>\p{L}{1,20})\??$/iu,
];

/** The two things that a question compares, and the aspect; undefined if it compares none. */
export function comparedBy(question: string): { subjects: [string, string]; about: string } | undefined {
  if (question.length > MAX_PART) return undefined;
  for (const pattern of COMPARING) {
    const { first, second, rest = '' } = pattern.exec(question)?.groups ?? {};
    if (first && second) return { subjects: [first, second], about: comparedIn(rest) };
  }
  return undefined;
}

/** The aspect of a comparison without the comparative: "keeps files" for "keeps files longer". */
function comparedIn(rest: string): string {
  const bare = rest.replace(COMPARATIVE, ' ');
  return terms(bare).length > 1 ? bare : rest;
}

const COMPARATIVE =
  /\b(?:longer|shorter|earlier|later|sooner|faster|slower|bigger|larger|smaller|higher|lower|better|worse|more|less|fewer)\b/gi;
const THING = String.raw`(?:(?:the|an?) )?[^,?]{1,60}?`;
const COMPARING = [
  new RegExp(String.raw`\bdifferences? between (?<first>${THING}) and (?<second>${THING})(?<rest>)\??$`, 'i'),
  new RegExp(String.raw`\bhow do (?<first>${THING}) and (?<second>${THING}) differ(?: in (?<rest>.{1,60}?))?\??$`, 'i'),
  new RegExp(
    String.raw`\bhow (?:does|is) (?<first>${THING}) (?:differ|different) from (?<second>${THING})(?<rest>)\??$`,
    'i',
  ),
  new RegExp(String.raw`\bwh(?:at|ich|o) (?<rest>.{1,80}?)[,:] (?<first>${THING}) or (?<second>${THING})\??$`, 'i'),
  new RegExp(String.raw`\bcompare (?<first>${THING}) (?:and|with|to) (?<second>${THING})(?<rest>)[.?]?$`, 'i'),
];
