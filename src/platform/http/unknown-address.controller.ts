import { All, Controller, Module, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { UNMATCHED_ROUTE } from '../telemetry/index.js';
import { Public } from './access-rule.js';
import { UnmatchedRequests } from './unmatched-requests.js';

/** Takes what no other route takes, so that the guards, and with them the limits, see these requests too. */
@ApiExcludeController()
@Controller()
class UnknownAddressController {
  constructor(private readonly requests: UnmatchedRequests) {}

  @All(UNMATCHED_ROUTE)
  @Public()
  answer(@Req() request: Request, @Res() response: Response): void {
    this.requests.answer(request, response);
  }
}

@Module({ controllers: [UnknownAddressController], providers: [UnmatchedRequests] })
export class UnknownAddressModule {}
