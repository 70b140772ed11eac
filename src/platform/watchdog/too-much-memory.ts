/** Sent to itself by a process that uses too much memory. */
export const TOO_MUCH_MEMORY = 'SIGUSR2';
