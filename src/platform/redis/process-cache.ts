import { LRUCache } from 'lru-cache';
import type { Broadcast } from './broadcast.js';

const MAX_ENTRIES = 50_000;
const TTL_MS = 30_000;

interface Entry<Value> {
  value: Value;
  tags: string[];
  until: number;
}

/**
 * Caches loaded values in this process, for 30 seconds by default. When a process invalidates a value, by its key or by a tag that
 * values can share, all processes drop it immediately. While a process cannot receive invalidations, its cache is not
 * used.
 */
export class ProcessCache<Value> {
  private readonly entries = new LRUCache<string, Entry<Value>>({
    max: MAX_ENTRIES,
    dispose: ({ tags }, key) => this.untag(tags, key),
  });
  private readonly keysByTag = new Map<string, Set<string>>();
  private invalidations = 0;

  constructor(
    private readonly broadcast: Broadcast,
    private readonly topic: string,
    private readonly tagsOf: (value: Value) => string[] = () => [],
    private readonly ttlMs = TTL_MS,
  ) {
    broadcast.listen(
      topic,
      (keyOrTag) => this.forget(keyOrTag),
      () => {
        this.invalidations += 1;
        this.entries.clear();
      },
    );
  }

  async get(key: string, load: () => Promise<Value>): Promise<Value> {
    return this.peek(key) ?? this.load(key, load);
  }

  /** The cached value, without loading it. */
  peek(key: string): Value | undefined {
    const known = this.entries.get(key);
    return known && known.until > Date.now() && this.broadcast.isListening ? known.value : undefined;
  }

  invalidate(keyOrTag: string): void {
    this.broadcast.send(this.topic, keyOrTag);
  }

  /** Invalidates it only in this process. */
  forget(keyOrTag: string): void {
    this.invalidations += 1;
    for (const key of [keyOrTag, ...(this.keysByTag.get(keyOrTag) ?? [])]) this.entries.delete(key);
  }

  private async load(key: string, load: () => Promise<Value>): Promise<Value> {
    const before = this.invalidations;
    const value = await load();
    // A value that was invalidated while it was loaded may be outdated.
    if (before === this.invalidations) this.keep(key, value);
    return value;
  }

  private keep(key: string, value: Value): void {
    const tags = this.tagsOf(value);
    this.entries.set(key, { value, tags, until: Date.now() + this.ttlMs });
    for (const tag of tags) {
      const keys = this.keysByTag.get(tag) ?? new Set<string>();
      this.keysByTag.set(tag, keys.add(key));
    }
  }

  private untag(tags: string[], key: string): void {
    for (const tag of tags) {
      const keys = this.keysByTag.get(tag);
      keys?.delete(key);
      if (keys?.size === 0) this.keysByTag.delete(tag);
    }
  }
}
