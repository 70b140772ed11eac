/** The requests that this process is serving, by whose they are. */
export class UnderWay {
  private readonly idsBySubject = new Map<string, Set<string>>();

  add(subject: string, requestId: string): void {
    const ids = this.idsBySubject.get(subject);
    if (ids) ids.add(requestId);
    else this.idsBySubject.set(subject, new Set([requestId]));
  }

  /** Whether it was there. */
  delete(subject: string, requestId: string): boolean {
    const ids = this.idsBySubject.get(subject);
    if (!ids?.delete(requestId)) return false;
    if (ids.size === 0) this.idsBySubject.delete(subject);
    return true;
  }

  count(subject: string): number {
    return this.idsBySubject.get(subject)?.size ?? 0;
  }

  list(): [subject: string, requestIds: string[]][] {
    return [...this.idsBySubject].map(([subject, ids]) => [subject, [...ids]]);
  }
}
