import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import type { Metafile } from 'esbuild';

const { outputs } = JSON.parse(readFileSync('dist/command-line/metafile.json', 'utf8')) as Metafile;

/** What loading that entry point loads, inside and outside its bundle. */
function loadedWith(entryPoint: string): string[] {
  const files = new Set(Object.keys(outputs).filter((file) => outputs[file]?.entryPoint === entryPoint));
  const outside = new Set<string>();
  for (const file of files) {
    for (const { path, kind, external } of outputs[file]?.imports ?? []) {
      if (kind === 'dynamic-import') continue;
      (external ? outside : files).add(path);
    }
  }
  const inside = [...files].flatMap((file) => Object.keys(outputs[file]?.inputs ?? {}));
  return [...inside, ...[...outside].filter((path) => !isBuiltin(path))];
}

describe('commands of consumers', () => {
  const loaded = loadedWith('dist/cli.js');

  it('load neither Nest nor the database', () => {
    expect(loaded).toContain('dist/cli/chat.js');
    expect(loaded.filter((path) => /nestjs|typeorm|node_modules\/pg|ioredis|rxjs|\.controller\./.test(path))).toEqual(
      [],
    );
  });

  it('load nothing outside the bundle', () => {
    expect(loaded.filter((path) => !/^(dist|node_modules)\//.test(path))).toEqual([]);
  });
});

describe('commands of operators', () => {
  const loaded = loadedWith('dist/cli/operator/index.js');

  it('load no documentation, queues, controllers or HTTP server', () => {
    expect(loaded).toContain('dist/identity/users/users.repository.js');
    const unwanted = /node_modules\/(@nestjs\/(swagger|bull|platform-express)|bull|express|undici)\/|\.controller\./;
    expect(loaded.filter((path) => unwanted.test(path))).toEqual([]);
  });

  it('load only native addons outside the bundle', () => {
    expect(loaded.filter((path) => !/^(dist|node_modules|stand-in|no-driver|no-telephone)\W/.test(path))).toEqual([
      'argon2',
      // pg loads this one only if configured to.
      'pg-native',
    ]);
  });
});
