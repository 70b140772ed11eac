/** The part of pg that its types omit: how a parameter is sent. */
declare module 'pg/lib/utils.js' {
  export function prepareValue(value: unknown): string | Buffer | null;
}
