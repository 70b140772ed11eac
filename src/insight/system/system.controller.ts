import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { RequireScopes } from '../../identity/permissions/index.js';
import { Models } from '../../platform/model/index.js';
import { ModelsDto } from './models.dto.js';

@ApiTags('System')
@Controller('api/v1/system')
export class SystemController {
  constructor(private readonly models: Models) {}

  /**
   * List models
   *
   * The models that requests can name.
   */
  @Get('models')
  @RequireScopes('system:read')
  listModels(): ModelsDto {
    return { models: this.models.list() };
  }
}
