import { Global, Module } from '@nestjs/common';
import { Drain } from './drain.js';
import { ErrorsController } from './errors.controller.js';
import { HttpClient } from './http-client.js';
import { ProblemFilter } from './problem.filter.js';

@Global()
@Module({
  controllers: [ErrorsController],
  providers: [Drain, HttpClient, ProblemFilter],
  exports: [Drain, HttpClient, ProblemFilter],
})
export class HttpModule {}
