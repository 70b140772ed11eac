import { Controller, Get } from '@nestjs/common';
import { ApiProperty, ApiTags } from '@nestjs/swagger';
import { RequireScopes } from '../../platform/http/index.js';
import { Models } from '../../platform/model/index.js';

class ModelDto {
  /** What `model` takes in a request. */
  @ApiProperty({ example: 'parlance-extractive' })
  id: string;
  name: string;
  /** `parlance` for the embedded model, `openai-compatible` for one of the configured server. */
  @ApiProperty({ example: 'parlance' })
  provider: string;
  /** Whether it answers when a request names no model. */
  default: boolean;
}

class ModelsDto {
  models: ModelDto[];
}

@ApiTags('System')
@Controller('api/v1/system')
export class SystemController {
  constructor(private readonly models: Models) {}

  /** Lists the models that requests can name. */
  @Get('models')
  @RequireScopes('system:read')
  listModels(): ModelsDto {
    return { models: this.models.list() };
  }
}
