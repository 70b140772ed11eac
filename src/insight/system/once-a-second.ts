const FRESH_MS = 1_000;

/**
 * Makes something that is computed at most once a second, and once at a time: whoever asks meanwhile shares the result, be it a
 * value or a failure. So it costs the same however many ask, and is never older than a second.
 */
export function onceASecond<T>(compute: () => Promise<T>): () => Promise<T> {
  let shared: Promise<T> | undefined;
  let freshUntil = 0;
  return () => {
    const now = performance.now();
    if (shared && now < freshUntil) return shared;
    freshUntil = Infinity;
    shared = compute().finally(() => (freshUntil = now + FRESH_MS));
    return shared;
  };
}
