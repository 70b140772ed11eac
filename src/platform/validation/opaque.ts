type Opaque = () => unknown;

const made = new WeakSet<Opaque>();

/**
 * Wraps a value that must not be traversed. The wrapper is a function, because class-transformer and similar code
 * ignore functions.
 */
export function opaque(content: unknown): Opaque {
  const wrap: Opaque = () => content;
  made.add(wrap);
  return wrap;
}

/** The wrapped value; any other value itself. */
export const contentOf = (value: unknown): unknown => (made.has(value as Opaque) ? (value as Opaque)() : value);
