/**
 * A queue in which organizations take turns, and each organization's items are first in, first out. Limited in total
 * and per organization.
 */
export class FairQueue<Item> {
  private readonly byOwner = new Map<string, Item[]>();
  private count = 0;

  constructor(private readonly limits: { total: number; perOwner: number }) {}

  get size(): number {
    return this.count;
  }

  /** Returns false if there is no room. */
  push(owner: string, item: Item): boolean {
    const waiting = this.byOwner.get(owner) ?? [];
    if (this.count >= this.limits.total || waiting.length >= this.limits.perOwner) return false;
    waiting.push(item);
    this.byOwner.set(owner, waiting);
    this.count++;
    return true;
  }

  /** The next item of the organization whose turn it is. */
  shift(): Item | undefined {
    for (const [owner, waiting] of this.byOwner) {
      const item = waiting.shift();
      this.byOwner.delete(owner);
      // Moves this organization behind all others.
      if (waiting.length > 0) this.byOwner.set(owner, waiting);
      this.count--;
      return item;
    }
    return undefined;
  }

  remove(owner: string, item: Item): void {
    const waiting = this.byOwner.get(owner) ?? [];
    const place = waiting.indexOf(item);
    if (place < 0) return;
    waiting.splice(place, 1);
    if (waiting.length === 0) this.byOwner.delete(owner);
    this.count--;
  }
}
