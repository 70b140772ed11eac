import type { Broadcast } from './broadcast.js';

const MAX_ENTRIES = 50_000;
const TTL_MS = 30_000;

/**
 * What was loaded once, kept in this process for half a minute, and forgotten by all processes within a moment when one
 * invalidates it. While invalidations of other processes cannot reach this one, nothing is served from it.
 */
export class ProcessCache<Value> {
  private readonly entries = new Map<string, { value: Value; until: number }>();
  private invalidations = 0;

  constructor(
    private readonly broadcast: Broadcast,
    private readonly topic: string,
  ) {
    broadcast.listen(
      topic,
      (key) => {
        this.invalidations += 1;
        this.entries.delete(key);
      },
      () => {
        this.invalidations += 1;
        this.entries.clear();
      },
    );
  }

  async get(key: string, load: () => Promise<Value>): Promise<Value> {
    const known = this.entries.get(key);
    if (known && known.until > Date.now() && this.broadcast.isListening) return known.value;
    const before = this.invalidations;
    const value = await load();
    // What was invalidated while it was being loaded may be the old state.
    if (before === this.invalidations) this.keep(key, value);
    return value;
  }

  invalidate(key: string): void {
    this.broadcast.send(this.topic, key);
  }

  private keep(key: string, value: Value): void {
    // A Map keeps insertion order: the first entry is the oldest.
    if (this.entries.size >= MAX_ENTRIES) this.entries.delete(this.entries.keys().next().value as string);
    this.entries.delete(key);
    this.entries.set(key, { value, until: Date.now() + TTL_MS });
  }
}
