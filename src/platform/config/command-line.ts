import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { readConfig, readVariables, type Config } from './config.js';

type Variables = Record<string, string | undefined>;

/** Settings of the command line, besides the configuration of the server. docs/command-line.md explains each. */
export const commandLineSchema = z.object({
  PARLANCE_URL: z.url({ protocol: /^https?$/, error: 'must begin with http:// or https://' }).optional(),
  PARLANCE_API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'must contain only visible ASCII characters')
    .optional(),
  PARLANCE_PROFILE: z.string().optional(),
  PGPASSWORD: z.string().optional(),
  XDG_CONFIG_HOME: z.string().default(() => join(homedir(), '.config')),
  NO_COLOR: z.string().optional(),
});

export type CommandLineSettings = z.output<typeof commandLineSchema>;

/** @throws ConfigurationError naming every variable that is wrong */
export const readCommandLineSettings = (variables: Variables = process.env): CommandLineSettings =>
  readVariables(commandLineSchema, variables);

/**
 * The configuration of a server for an operator's command. Without DATABASE_URL it is that of the server that `npm
 * start` runs here. The two are never mixed: with another APP_SECRET, keys would not work and the audit log would seem
 * damaged.
 */
export async function readOperatorConfig(
  findLocal: () => Promise<Variables>,
  variables: Variables = process.env,
): Promise<Config> {
  // `npm start` runs a server for development.
  const local = variables['DATABASE_URL'] ? {} : { NODE_ENV: 'development', ...(await findLocal()) };
  return readConfig({ ...variables, ...local, LOG_LEVEL: 'silent', DATABASE_POOL_SIZE: '4' });
}
