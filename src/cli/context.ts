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

/** What commands work with. */
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

  /** For what consumers do. */
  client(options: ServerOptions): Client {
    return new Client(chooseTarget(options, this.settings, this.profiles), this.profiles, this.userAgent);
  }

  /** For what operators do: the application itself, against the database. Loaded only when it is needed. */
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
