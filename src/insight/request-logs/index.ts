import { Module } from '@nestjs/common';
import { RequestLog } from './request-log.js';
import { RequestLogWriter } from './request-log-writer.js';
import { RequestLogsController } from './request-logs.controller.js';
import { RequestLogsSweep } from './request-logs.sweep.js';
import { RequestLogsRepository } from './request-logs.repository.js';
import { RequestLogsService } from './request-logs.service.js';
import { RequestLogsSubscriber } from './request-logs.subscriber.js';

export { LOGGED_METHODS, type RequestLogDto } from './request-logs.dto.js';
export { RequestLog } from './request-log.js';
export { RequestLogEntry } from './request-log-entry.entity.js';

@Module({
  controllers: [RequestLogsController],
  providers: [RequestLog, RequestLogWriter, RequestLogsRepository, RequestLogsService],
  exports: [RequestLog, RequestLogsRepository],
})
export class RequestLogsModule {}

/** The part for the worker: daily partitions, retention and erasure. */
@Module({ imports: [RequestLogsModule], providers: [RequestLogsSweep, RequestLogsSubscriber] })
export class RequestLogsWorkerModule {}
