import { Controller, Get } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Config } from '../../platform/config/index.js';
import { Public } from '../../platform/http/index.js';
import { OffersPage } from '../../platform/pages/index.js';
import { welcomeOf, welcomePage, type Welcome } from './welcome.js';

@ApiExcludeController()
@Controller()
export class WelcomeController {
  constructor(private readonly config: Config) {}

  /** Where to go from here. */
  @Get()
  @Public()
  @OffersPage(welcomePage)
  welcome(): Welcome {
    return welcomeOf(this.config.get('INSTANCE_NAME'), this.config.publicUrl);
  }
}
