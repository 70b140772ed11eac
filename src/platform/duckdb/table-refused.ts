/** A file or a result that is refused. The message is for people. */
export class TableRefused extends Error {}
