import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { ProblemFilter, toApiError } from '../http/index.js';
import { Logger } from '../telemetry/index.js';
import { EventConnection } from './event-connection.js';
import type { EventStream, Reader, StreamEvent } from './stream.js';

/** Sends streams as server-sent events. */
@Injectable()
export class ServerSentEvents {
  constructor(
    private readonly problems: ProblemFilter,
    private readonly logger: Logger,
  ) {}

  /**
   * Resolves when the stream has ended, which may be long after its reader has disconnected.
   * @param open starts the stream; undefined if the reader has already received all of it. An error becomes an ordinary
   *   error response
   */
  async send(response: Response, open: (reader: Reader) => Promise<EventStream | undefined>): Promise<void> {
    const connection = new EventConnection(response, this.problems);
    const stream = await open(connection);
    // This status makes an EventSource stop; after an empty stream it would reconnect forever.
    if (!stream) return void response.status(204).end();
    connection.open(stream.resumePath);
    if (response.req.method === 'HEAD') return connection.end();
    try {
      await sendAll(stream.events, connection);
      connection.end();
    } catch (thrown) {
      const error = toApiError(thrown);
      if (error.status >= 500) this.logger.error({ err: error.cause ?? error }, error.message);
      connection.fail(error);
    }
  }
}

async function sendAll(events: EventStream['events'], connection: EventConnection): Promise<void> {
  for await (const event of events as AsyncIterable<StreamEvent>) await connection.send(event);
}
