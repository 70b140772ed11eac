/** A problem that the user can fix: reported in one sentence, without a stack. */
export class Trouble extends Error {}
