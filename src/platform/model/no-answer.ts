/** The exact answer if the passages contain none. */
export const NO_ANSWER = 'The documents do not contain an answer to this question.';
