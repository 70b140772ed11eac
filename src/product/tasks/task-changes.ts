import { EventEmitter, once } from 'node:events';
import { Injectable } from '@nestjs/common';
import { Broadcast } from '../../platform/redis/index.js';

const CHANGES = 'tasks';
const ENDS = 'task-ends';
/** How long nobody looks at a task that may have changed: briefly while messages may be lost. */
const LISTENING_MS = 5_000;
const DEAF_MS = 500;

/** Tells all processes which tasks have changed, so that whoever waits for one looks at it. */
@Injectable()
export class TaskChanges {
  private readonly changed = new EventEmitter().setMaxListeners(0);
  private readonly ended = new EventEmitter().setMaxListeners(0);

  constructor(private readonly broadcast: Broadcast) {
    for (const [topic, emitter] of [
      [CHANGES, this.changed],
      [ENDS, this.ended],
    ] as const) {
      const toAll = (): void => emitter.eventNames().forEach((id) => emitter.emit(id));
      broadcast.listen(topic, (id) => emitter.emit(id), toAll);
    }
  }

  /** Call it after the commit. */
  tell(id: string): void {
    this.broadcast.send(CHANGES, id);
  }

  /** Call it after the commit. */
  tellEnd(id: string): void {
    this.broadcast.send(ENDS, id);
    this.tell(id);
  }

  /** Calls back when a task may have ended, until the returned function is called. */
  onEnd(id: string, callback: () => void): () => void {
    this.ended.on(id, callback);
    return () => this.ended.off(id, callback);
  }

  /**
   * Resolves when a task may have changed: upon a message, or after a while without one.
   * @param signal resolves it at once
   */
  async next(id: string, signal: AbortSignal): Promise<void> {
    const late = AbortSignal.timeout(this.broadcast.isListening ? LISTENING_MS : DEAF_MS);
    await once(this.changed, id, { signal: AbortSignal.any([late, signal]) }).catch(() => undefined);
  }
}
