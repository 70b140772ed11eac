import { Global, Module } from '@nestjs/common';
import { Drain } from './drain.js';
import { ErrorsController } from './errors.controller.js';
import { ProblemFilter } from './problem.filter.js';

@Global()
@Module({
  controllers: [ErrorsController],
  providers: [Drain, ProblemFilter],
  exports: [Drain, ProblemFilter],
})
export class HttpModule {}
