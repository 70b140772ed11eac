type Opaque = () => unknown;

const made = new WeakSet<Opaque>();

/**
 * Wraps what is not to be walked through. The wrap is a function, because whatever walks through values, class-transformer above
 * all, leaves functions alone.
 */
export function opaque(content: unknown): Opaque {
  const wrap: Opaque = () => content;
  made.add(wrap);
  return wrap;
}

/** What is wrapped; any other value is its own content. */
export const contentOf = (value: unknown): unknown => (made.has(value as Opaque) ? (value as Opaque)() : value);
