import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** What only one place reads. */
const ONE_PLACE = {
  environment: {
    selector: "MemberExpression[object.name='process'][property.name='env']",
    message: 'Read settings through Config.',
  },
  address: {
    selector:
      ":matches(MemberExpression[object.name=/^req(uest)?$/][property.name=/^ips?$/], VariableDeclarator[init.name=/^req(uest)?$/] Property[key.name=/^ips?$/], MemberExpression[property.name='remoteAddress'])",
    message: 'Read the address of the caller from currentOrigin() or callerNetwork().',
  },
};

/** Spelled in `*.keys.ts` of the module that the key belongs to, beside what is stored under it. */
const REDIS_KEYS = {
  selector:
    "MemberExpression[property.name='taggedKey'], MemberExpression[property.name='key']:matches([object.name='redis'], [object.property.name='redis'])",
  message: 'Spell names of Redis keys in *.keys.ts.',
};

const IDS = {
  name: 'uuid',
  importNames: ['v7'],
  message: 'Make ids with newId(): they follow the clock.',
};

/** The pool is open to anybody whom Nest may give it to: past `Database` there is no role scope, so no tenant. */
const POOL = [
  { name: '@nestjs/typeorm', message: 'Ask PostgreSQL through Database.' },
  {
    name: 'typeorm',
    importNames: ['DataSource', 'EntityManager'],
    message: 'Ask PostgreSQL through Database.',
    allowTypeImports: true,
  },
];

export default tseslint.config(
  { ignores: ['dist', 'node_modules', '.parlance', 'coverage', 'pages', 'test/clients'] },
  js.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingUnknown: true }],
      // `async` also turns what is thrown into a rejection.
      '@typescript-eslint/require-await': 'off',
      // Empty classes are Nest modules; methods of injected classes are handlers.
      '@typescript-eslint/no-extraneous-class': 'off',
      'no-restricted-syntax': ['error', ...Object.values(ONE_PLACE), REDIS_KEYS],
    },
  },
  {
    files: ['src/**/*.keys.ts'],
    rules: { 'no-restricted-syntax': ['error', ...Object.values(ONE_PLACE)] },
  },
  {
    files: ['src/**'],
    ignores: ['src/platform/database/**', 'src/platform/ids/**', 'src/**/*.spec.ts'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { paths: [...POOL, IDS] }] },
  },
  {
    // The one place that reads the environment, and what is not the server.
    files: ['src/platform/config/*.ts', 'bin/**', 'test/**', 'scripts/**', 'bench/**', 'examples/**'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    // The one place that reads where a request comes from.
    files: ['src/platform/http/client-address.ts'],
    rules: { 'no-restricted-syntax': ['error', ONE_PLACE.environment, REDIS_KEYS] },
  },
  {
    // Matchers such as expect.any() match anything to the compiler, too.
    files: ['**/*.spec.ts'],
    rules: { '@typescript-eslint/no-unsafe-assignment': 'off' },
  },
  {
    // What comes over the wire is looked at as it is.
    files: ['test/**'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['**/*.mjs', '**/*.js', '**/*.cjs'],
    rules: {
      // JSDoc types are checked by tsc; these rules see `any` where JSON or an untyped package comes in.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      'no-undef': 'off',
    },
  },
);
