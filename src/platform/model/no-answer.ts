/** What an answer says, to the letter, when the passages hold none. */
export const NO_ANSWER = 'The documents do not contain an answer to this question.';
