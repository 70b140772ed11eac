/** A statement or a file that DuckDB refuses. The message is one line for people, without paths of this machine. */
export class DuckDbError extends Error {
  override readonly name = 'DuckDbError';
}

const MESSAGES = {
  memory: 'The data needs more memory than is available.',
  deadline: 'The work on the data takes too long.',
  crash: 'The process that read the data ended unexpectedly.',
};

/** The process ended before its work was done. Nothing else was harmed. */
export class DuckDbEnded extends Error {
  override readonly name = 'DuckDbEnded';

  constructor(readonly reason: keyof typeof MESSAGES) {
    super(MESSAGES[reason]);
  }
}
