import { Global, Module } from '@nestjs/common';
import { ErrorsController } from './errors.controller.js';
import { Outgoing } from './outgoing.js';
import { ProblemFilter } from './problem.filter.js';

@Global()
@Module({ controllers: [ErrorsController], providers: [Outgoing, ProblemFilter], exports: [Outgoing, ProblemFilter] })
export class HttpModule {}
