import { All, Controller, Module } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { notFound } from '../errors/index.js';
import { UNMATCHED_ROUTE } from '../telemetry/index.js';
import { Public } from './access-rule.js';

/** Where no other route is: so that the guards, and with them the limits, see these calls too. */
@ApiExcludeController()
@Controller()
class UnknownAddressController {
  @All(UNMATCHED_ROUTE)
  @Public()
  refuse(): never {
    throw notFound();
  }
}

@Module({ controllers: [UnknownAddressController] })
export class UnknownAddressModule {}
