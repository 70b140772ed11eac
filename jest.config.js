/** Jest runs CommonJS: on Node 20 it cannot require ES modules, so swc turns those of node_modules into CommonJS as well. */
/** @param {false | 'inline'} sourceMaps */
const swc = (sourceMaps) => [
  '@swc/jest',
  {
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
      target: 'es2022',
      keepClassNames: true,
    },
    module: { type: 'commonjs', ignoreDynamic: false },
    sourceMaps,
  },
];
const transform = { '/node_modules/.+\\.[cm]?js$': swc(false), '^.+\\.[cm]?[jt]s$': swc('inline') };

/** Published as ES modules only. */
const ES_MODULES = [
  '@nestjs',
  '@ai-sdk',
  '@modelcontextprotocol',
  'jose',
  'oauth4webapi',
  'openid-client',
  'pkce-challenge',
  'oidc-provider',
  'uuid',
  'franc-min',
  'trigram-utils',
  'n-gram',
  'collapse-white-space',
  'stemmer',
  'eventsource-parser',
  'string-width',
  'strip-ansi',
  'ansi-regex',
  'get-east-asian-width',
];

export default {
  rootDir: '.',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testMatch: ['**/*.spec.ts'],
  testEnvironment: 'node',
  transform,
  transformIgnorePatterns: [`/node_modules/(?!(${ES_MODULES.join('|')})/)`],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  setupFiles: ['reflect-metadata'],
  testTimeout: 120_000,
  maxWorkers: 2,
};
