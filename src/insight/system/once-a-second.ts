const FRESH_MS = 1_000;

/**
 * Wraps a computation so that it runs at most once a second and never concurrently. Concurrent callers share the result, whether
 * a value or a failure. So the cost does not depend on the number of callers, and no result is older than a second.
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
