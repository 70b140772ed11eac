import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { register } from '../harness/fixtures.js';
import { sharedApp, type RunningApp } from '../harness/shared-app.js';

const ROOT = process.cwd();
const PROGRAMS = ['hey-api', 'openapi-fetch'];
const HEY_API = {
  input: './openapi.json',
  output: { path: './hey', importFileExtension: '.js' },
  plugins: [
    '@hey-api/client-fetch',
    { name: '@hey-api/sdk', operations: { strategy: 'single', containerName: 'Parlance', nesting: 'operationId' } },
  ],
};
const STRICT = {
  target: 'es2023',
  lib: ['es2023', 'dom', 'dom.iterable', 'dom.asynciterable'],
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: false,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
  skipLibCheck: false,
};

let app: RunningApp;
/** Within the checkout, so that the imports of the programs resolve. */
let folder: string;
beforeAll(async () => {
  app = await sharedApp();
  mkdirSync(join(ROOT, '.parlance'), { recursive: true });
  folder = mkdtempSync(join(ROOT, '.parlance', 'clients-'));
  const { body } = await app.client.get<object>('/openapi.json');
  write('openapi.json', body);
  write('package.json', { type: 'module' });
  writeFileSync(join(folder, 'openapi-ts.config.mjs'), `export default ${JSON.stringify(HEY_API)};\n`);
  for (const name of PROGRAMS) copyFileSync(join(ROOT, 'test/clients', `${name}.ts`), join(folder, `${name}.ts`));
  await Promise.all([
    run('openapi-typescript/bin/cli.js', 'openapi.json', '-o', 'schema.d.ts'),
    run('@hey-api/openapi-ts/bin/run.js', '-f', 'openapi-ts.config.mjs'),
  ]);
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await app.close();
});

const write = (name: string, content: object): void => writeFileSync(join(folder, name), JSON.stringify(content));

/** @throws Error with its output if it exits with another code than 0 */
async function node(script: string, args: string[], env: Record<string, string> = {}): Promise<string> {
  const options = { cwd: folder, env: { PATH: process.env['PATH'] ?? '', ...env } };
  try {
    return (await promisify(execFile)(process.execPath, [script, ...args], options)).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${script}: ${stdout}${stderr}`, { cause: error });
  }
}
const run = (tool: string, ...args: string[]): Promise<string> => node(join(ROOT, 'node_modules', tool), args);

describe('clients generated from openapi.json', () => {
  it.each([
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])('pass a strict type check (%s, %s)', async (module, moduleResolution) => {
    const emits = module === 'nodenext' ? { outDir: 'built', noEmitOnError: true } : { noEmit: true };
    const compilerOptions = { ...STRICT, module, moduleResolution, rootDir: '.', ...emits };
    write(`tsconfig.${module}.json`, { compilerOptions, files: PROGRAMS.map((name) => `${name}.ts`) });
    expect(await run('typescript/bin/tsc', '-p', `tsconfig.${module}.json`)).toBe('');
  });

  it.each(PROGRAMS)('work against the server: %s', async (name) => {
    const { accessToken } = await register(app.client);
    const output = await node(`built/${name}.js`, [], { API: app.client.url, TOKEN: accessToken });
    expect(JSON.parse(output)).toEqual({
      title: 'Returns',
      content: expect.stringContaining('30 days'),
      streamed: expect.stringContaining('30 days'),
      conversations: 2,
      codes: expect.arrayContaining(['free', 'enterprise']),
      code: 'NOT_FOUND',
      role: 'owner',
    });
  });
});
