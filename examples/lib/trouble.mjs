/** What a person at the terminal can mend: told in one sentence, without a stack. */
export class Trouble extends Error {}
