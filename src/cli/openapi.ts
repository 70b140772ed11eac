import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { packageRoot } from '../platform/config/index.js';
import { group, leaf, printing } from './command.js';
import type { Context } from './context.js';
import { Failure } from './failure.js';

export function addOpenapi(program: Command, context: Context): void {
  const openapi = group(program, 'openapi', 'the description of the API');
  leaf(openapi, 'export [file]', 'print the OpenAPI document of this version, or write it to a file', [
    'openapi export',
    'openapi export parlance.json',
  ]).action(
    printing(context, async (file: string | undefined) => {
      const text = readFileSync(join(packageRoot, 'openapi.json'), 'utf8');
      if (!file || file === '-') return { json: JSON.parse(text) as unknown, text: text.trimEnd() };
      try {
        writeFileSync(file, text);
      } catch (error) {
        throw new Failure('FILE_ERROR', `${file} cannot be written (${(error as NodeJS.ErrnoException).code}).`);
      }
      return { json: { file, bytes: Buffer.byteLength(text) }, text: `Written to ${file}` };
    }),
  );
}
