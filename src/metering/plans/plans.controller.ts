import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Public } from '../../platform/http/index.js';
import { PlansDto } from './plans.dto.js';
import { PlansService } from './plans.service.js';

@ApiTags('Plans and quotas')
@Controller('api/v1/plans')
export class PlansController {
  constructor(private readonly plans: PlansService) {}

  /**
   * List plans
   *
   * The limits and features of every plan, lowest plan first.
   */
  @Get()
  @Public()
  list(): Promise<PlansDto> {
    return this.plans.describe();
  }
}
