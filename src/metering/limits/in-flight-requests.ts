/** The requests that this process is serving, by their key in Redis. */
export class InFlightRequests {
  private readonly idsByKey = new Map<string, Set<string>>();

  add(key: string, requestId: string): void {
    const ids = this.idsByKey.get(key);
    if (ids) ids.add(requestId);
    else this.idsByKey.set(key, new Set([requestId]));
  }

  /** Returns true if it was present. */
  delete(key: string, requestId: string): boolean {
    const ids = this.idsByKey.get(key);
    if (!ids?.delete(requestId)) return false;
    if (ids.size === 0) this.idsByKey.delete(key);
    return true;
  }

  count(key: string): number {
    return this.idsByKey.get(key)?.size ?? 0;
  }

  list(): [key: string, requestIds: string[]][] {
    return [...this.idsByKey].map(([key, ids]) => [key, [...ids]]);
  }
}
