// Bundles the built command line into dist/command-line: reading a few files takes a fraction of the time that reading
// two thousand takes. What only operators' commands need is in files of its own, which the others do not load.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as express from '@nestjs/platform-express';
import * as swagger from '@nestjs/swagger';
import { build } from 'esbuild';

/**
 * A module whose exports do nothing, as decorators, functions or classes.
 *
 * @param {string[]} names
 */
const inert = (names) => `const inert = () => function () {};
  export { ${names.map((name) => `inert as ${name}`).join(', ')} };`;

/** The command line serves no HTTP, shows no documentation of the API and works on no queue. */
const STAND_INS = new Map([
  ['@nestjs/platform-express', inert(Object.keys(express))],
  ['@nestjs/swagger', inert(Object.keys(swagger))],
  [
    '@nestjs/bull',
    `${inert(['InjectQueue', 'Process', 'Processor'])}
    export const BullModule = { forRootAsync: inert, registerQueue: () => ({ module: class Queue {} }) };`,
  ],
  ['bull', 'export default class Queue {}'],
]);

/** @type {import('esbuild').Plugin} */
const leaveOut = {
  name: 'leave-out',
  setup(bundler) {
    bundler.onResolve({ filter: /^(?:@nestjs\/|bull$)/ }, ({ path }) =>
      STAND_INS.has(path) ? { path, namespace: 'stand-in' } : undefined,
    );
    bundler.onLoad({ filter: /.*/, namespace: 'stand-in' }, ({ path }) => ({ contents: STAND_INS.get(path) ?? '' }));

    const withoutControllers = (/** @type {string} */ code) => code.replace(/\bcontrollers: \[[^\]]*\],?/, '');
    bundler.onLoad({ filter: /\/dist\/.*\b(index|module)\.js$/ }, ({ path }) => ({
      contents: withoutControllers(readFileSync(path, 'utf8')),
    }));

    // TypeORM loads the drivers of all databases that it knows.
    bundler.onResolve({ filter: /Driver$/ }, ({ path, importer }) =>
      importer.endsWith('/DriverFactory.js') && !path.includes('postgres/')
        ? { path, namespace: 'no-driver' }
        : undefined,
    );
    bundler.onLoad({ filter: /.*/, namespace: 'no-driver' }, () => ({ contents: 'module.exports = {};' }));

    // Messages in fifty languages, and the world's telephone numbers.
    bundler.onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, ({ path }) => ({
      contents: "export { default as en } from './en.js';",
      resolveDir: dirname(path),
    }));
    bundler.onResolve({ filter: /^libphonenumber-js/ }, ({ path }) => ({ path, namespace: 'no-telephone' }));
    bundler.onLoad({ filter: /.*/, namespace: 'no-telephone' }, () => ({
      contents: 'export const parsePhoneNumber = () => undefined;',
    }));

    // It would find out whether this is a Cloudflare worker, for which Node loads all of fetch.
    bundler.onLoad({ filter: /\/pg\/lib\/stream\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(/function isCloudflareRuntime\(\) \{/, '$& return false;'),
    }));

    // It looks for names that TypeORM 1 has no more, in a second TypeORM outside the bundle.
    bundler.onLoad({ filter: /\/@nestjs\/typeorm\/dist\/common\/typeorm-compat\.js$/ }, () => ({
      contents: 'export const Connection = undefined, AbstractRepository = undefined;',
    }));
  },
};

const { metafile } = await build({
  entryPoints: ['dist/cli.js'],
  outdir: 'dist/command-line',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  mainFields: ['module', 'main'],
  // Names of classes are looked at; whitespace is only read.
  keepNames: true,
  minifyWhitespace: true,
  minifySyntax: true,
  external: ['argon2', 'vega', 'vega-lite', 'pg-native', '@nestjs/microservices', '@nestjs/websockets'],
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
  plugins: [leaveOut],
  logOverride: { 'duplicate-object-key': 'silent' },
  metafile: true,
});
// What is in which file, for the test that keeps them small.
writeFileSync('dist/command-line/metafile.json', JSON.stringify(metafile));
