import { Global, Module, type DynamicModule } from '@nestjs/common';
import { Logger } from './logger.js';
import { Metrics } from './metrics.js';

export { httpLog, statusOf, UNMATCHED_ROUTE } from './http-log.js';
export { Logger, SECRET_FIELDS } from './logger.js';
export { Metrics } from './metrics.js';
export { currentOrigin, currentRequestId, withOrigin } from './request-origin.js';

@Global()
@Module({})
export class TelemetryModule {
  static forRoot(logger: Logger): DynamicModule {
    return {
      module: TelemetryModule,
      providers: [{ provide: Logger, useValue: logger }, Metrics],
      exports: [Logger, Metrics],
    };
  }
}
