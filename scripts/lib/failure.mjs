/** A problem to report to the user: its message is one clear sentence, so it is printed without a stack. */
export class Failure extends Error {
  /**
   * @param {string} sentence
   * @param {{ output?: string, exitCode?: number, cause?: unknown }} [options] output: the output of the failed step
   */
  constructor(sentence, { output = '', exitCode = 1, cause } = {}) {
    super(sentence, { cause });
    this.output = output;
    this.exitCode = exitCode;
  }
}

/**
 * @param {unknown} error
 * @returns {string | undefined} the system's code, such as 'ENOENT'
 */
export function codeOf(error) {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
