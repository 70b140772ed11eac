import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { readConfig, readVariables, type Config } from './config.js';

type Variables = Record<string, string | undefined>;

/** What the command line reads besides the configuration of the server. docs/command-line.md explains each. */
export const commandLineSchema = z.object({
  PARLANCE_URL: z.url({ protocol: /^https?$/, error: 'must begin with http:// or https://' }).optional(),
  PARLANCE_API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'must contain only visible ASCII characters')
    .optional(),
  PARLANCE_PROFILE: z.string().optional(),
  XDG_CONFIG_HOME: z.string().default(() => join(homedir(), '.config')),
  NO_COLOR: z.string().optional(),
});

export type CommandLineSettings = z.output<typeof commandLineSchema>;

/** @throws ConfigurationError naming every variable that is wrong */
export const readCommandLineSettings = (variables: Variables = process.env): CommandLineSettings =>
  readVariables(commandLineSchema, variables);

/**
 * The configuration of a server for an operator's command. Where nothing names a database, that of the server which
 * `npm start` runs here; never a mixture: with another APP_SECRET, keys would not work and the audit log would seem broken.
 */
export async function readOperatorConfig(
  findLocal: () => Promise<Variables>,
  variables: Variables = process.env,
): Promise<Config> {
  const local = variables['DATABASE_URL'] ? {} : await findLocal();
  return readConfig({ ...variables, ...local, LOG_LEVEL: 'silent', DATABASE_POOL_SIZE: '4' });
}
