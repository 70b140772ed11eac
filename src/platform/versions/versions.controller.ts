import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Config } from '../config/index.js';
import { Public } from '../http/index.js';
import { VersionListDto } from './versions.dto.js';
import { Versions } from './versions.js';

@ApiTags('Versions')
@Controller('api/v1/versions')
export class VersionsController {
  constructor(
    private readonly versions: Versions,
    private readonly config: Config,
  ) {}

  /**
   * List API versions
   *
   * Newest first, with the changes that each version made.
   */
  @Get()
  @Public()
  list(): VersionListDto {
    return VersionListDto.from(this.versions, this.config.publicUrl);
  }
}
