import { Global, Module } from '@nestjs/common';
import { ServerSentEvents } from './server-sent-events.js';

export { hasFailedMidway, isAside } from './event-connection.js';
export { ServerSentEvents } from './server-sent-events.js';
export { fail, type ErrorEvent, type EventStream, type Reader, type StreamEvent } from './stream.js';

@Global()
@Module({ providers: [ServerSentEvents], exports: [ServerSentEvents] })
export class StreamsModule {}
