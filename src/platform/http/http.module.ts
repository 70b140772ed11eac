import { Global, Module } from '@nestjs/common';
import { Drain } from './drain.js';
import { ErrorsController } from './errors.controller.js';
import { Outgoing } from './outgoing.js';
import { ProblemFilter } from './problem.filter.js';

@Global()
@Module({
  controllers: [ErrorsController],
  providers: [Drain, Outgoing, ProblemFilter],
  exports: [Drain, Outgoing, ProblemFilter],
})
export class HttpModule {}
