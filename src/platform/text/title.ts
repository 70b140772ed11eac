const TITLE_LENGTH = 80;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The title of a conversation that begins with this message: its first characters as a reader counts them. */
export function titleOf(message: string): string {
  const line = message.trim().replace(/\s+/g, ' ');
  if (line.length <= TITLE_LENGTH) return line;
  const room = TITLE_LENGTH - 1;
  // Slightly longer than the title, so that the last character is known to be whole.
  const cut = [...graphemes.segment(line.slice(0, 2 * TITLE_LENGTH))].map(({ index }) => index);
  const end = cut.filter((index) => index <= room).at(-1) || room;
  return `${line.slice(0, end).trimEnd().toWellFormed()}…`;
}
