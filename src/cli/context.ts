import { join } from 'node:path';
import { readOperatorConfig, type CommandLineSettings } from '../platform/config/index.js';
import { Client } from './client.js';
import type { ServerOptions } from './command.js';
import { Failure, unreachable } from './failure.js';
import type { Operator } from './operator/index.js';
import { Profiles } from './profiles.js';
import { chooseTarget } from './target.js';
import { Terminal } from './terminal.js';

type FindLocal = () => Promise<Record<string, string>>;

/** Everything that commands use. */
export class Context {
  readonly terminal: Terminal;
  readonly profiles: Profiles;
  readonly userAgent: string;

  constructor(
    readonly settings: CommandLineSettings,
    readonly version: string,
    private readonly findLocal: FindLocal,
  ) {
    this.terminal = new Terminal(settings.NO_COLOR);
    this.profiles = new Profiles(join(settings.XDG_CONFIG_HOME, 'parlance', 'config.json'));
    this.userAgent = `parlance/${version}`;
  }

  /** Access for API users. */
  client(options: ServerOptions): Client {
    return new Client(chooseTarget(options, this.settings, this.profiles), this.profiles, this.userAgent);
  }

  /** Access for operators: the application itself, on the database. Loaded only on demand. */
  async operate<Result>(work: (operator: Operator) => Promise<Result>, hasNewSecret = false): Promise<Result> {
    const { operate } = await import('./operator/index.js');
    return operate(await this.operatorConfig(), work, (text) => this.terminal.note(text), hasNewSecret);
  }

  operatorConfig() {
    return readOperatorConfig(async () => {
      try {
        return await this.findLocal();
      } catch (error) {
        throw error instanceof Failure ? error : unreachable((error as Error).message, error);
      }
    });
  }
}
