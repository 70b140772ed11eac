import type { DynamicModule } from '@nestjs/common';
import { Config } from './config.js';

export {
  commandLineSchema,
  readCommandLineSettings,
  readOperatorConfig,
  type CommandLineSettings,
} from './command-line.js';
export { Config, ConfigurationError, environmentSchema, readConfig, type Instance } from './config.js';
export { packageRoot } from './package-root.js';

/** Without decorators, because the command line imports this file and starts faster without Nest. */
export class ConfigModule {
  static forRoot(config: Config): DynamicModule {
    return {
      module: ConfigModule,
      global: true,
      providers: [{ provide: Config, useValue: config }],
      exports: [Config],
    };
  }
}
