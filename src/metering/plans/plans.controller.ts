import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Public } from '../../platform/http/index.js';
import { PlansDto } from './plans.dto.js';
import { PlansService } from './plans.service.js';

@ApiTags('Plans')
@Controller('api/v1/plans')
export class PlansController {
  constructor(private readonly plans: PlansService) {}

  /** The plans of this server, what each allows and what it opens. */
  @Get()
  @Public()
  list(): Promise<PlansDto> {
    return this.plans.describe();
  }
}
