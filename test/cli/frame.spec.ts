import { afterAll, describe, expect, it } from 'vitest';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli.js';
import { Context } from '../../src/cli/context.js';
import { exitCodes, OPTIONS } from '../../src/cli/failure.js';
import { readCommandLineSettings } from '../../src/platform/config/index.js';
import { CommandLine } from '../harness/command-line.js';

const parlance = new CommandLine();
afterAll(() => parlance.remove());

const program = createProgram(new Context(readCommandLineSettings({}), '0.0.0', async () => ({})), false);
const leavesOf = (command: Command, path: string[] = []): { path: string; command: Command }[] =>
  command.commands.length === 0
    ? [{ path: path.join(' '), command }]
    : command.commands.flatMap((child) => leavesOf(child, [...path, child.name()]));
const leaves = leavesOf(program);

describe('every command', () => {
  it.each(leaves)('$path has --json, a summary, and examples that call it', ({ path, command }) => {
    let help = '';
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    expect(command.description()).not.toBe('');
    expect(help).toContain('--json');
    expect(help.split('Examples:\n')[1]).toContain(`  $ parlance ${path}`);
  });

  it('has the options under which fields are reported', () => {
    const options = new Set(leaves.flatMap(({ command }) => command.options.map(({ long }) => long)));
    expect(Object.values(OPTIONS).filter((option) => !options.has(option))).toEqual([]);
  });

  it('is named in docs/command-line.md, with every exit code', () => {
    const text = readFileSync('docs/command-line.md', 'utf8');
    const names = leaves.map(({ path }) => path.split(' ').at(-1) as string);
    expect(names.filter((name) => !text.includes(name))).toEqual([]);
    for (const code of Object.values(exitCodes)) expect(text).toMatch(new RegExp(`^\\| ${code} +\\| `, 'm'));
  });
});

describe('parlance', () => {
  it('prints its version and its help', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await parlance.run(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
    const help = await parlance.run(['keys', 'create', '--help']);
    expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining('with --database, the database.') });
  });

  it('shows the help of any command', async () => {
    const { code, stdout } = await parlance.run(['help', 'keys', 'rotate']);
    expect([code, stdout]).toEqual([0, (await parlance.run(['keys', 'rotate', '--help'])).stdout]);
    expect(stdout).toMatch(/^Usage: parlance keys rotate /);
    expect((await parlance.run(['help', 'keys', 'turn'])).code).toBe(2);
  });

  it.each([
    ['a command that is none', ['kyes']],
    ['an option that is none', ['chat', 'x', '--loud']],
    ['an argument too few', ['keys', 'revoke']],
    ['a time that is none', ['keys', 'rotate', 'x', '--overlap', 'long']],
    ['two servers at once', ['whoami', '--url', 'http://127.0.0.1:1', '--profile', 'x']],
  ])('exits with 2 for %s, also with JSON', async (_title, args) => {
    const plain = await parlance.run(args);
    expect([plain.code, plain.stdout, plain.stderr]).toEqual([2, '', expect.stringMatching(/^error: /)]);
    const { code, json } = await parlance.run([...args, '--json']);
    expect([code, json]).toEqual([2, { error: { code: 'USAGE', message: expect.any(String) } }]);
  });

  it('exits with 4 without a credential', async () => {
    const { code, stderr } = await parlance.run(['chat', 'x']);
    expect([code, stderr]).toEqual([4, expect.stringContaining('parlance login')]);
  });

  it('can be run by npm', () => {
    expect(statSync('bin/parlance.mjs').mode & 0o111).toBe(0o111);
    expect(JSON.parse(readFileSync('package.json', 'utf8'))).toMatchObject({ bin: { parlance: 'bin/parlance.mjs' } });
  });

  it('says what to do when there is no build', () => {
    const folder = mkdtempSync(join(tmpdir(), 'parlance-cli-'));
    mkdirSync(join(folder, 'bin'));
    cpSync('bin/parlance.mjs', join(folder, 'bin/parlance.mjs'));
    const { status, stderr } = spawnSync(process.execPath, [join(folder, 'bin/parlance.mjs')], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    expect([status, stderr]).toEqual([1, expect.stringContaining('npm start')]);
  });
});

describe('completion', () => {
  it('completes commands and options in bash', async () => {
    const { code, stdout } = await parlance.run(['completion', 'bash']);
    expect(code).toBe(0);
    const complete = (...words: string[]): string[] => {
      const line = `${stdout}\nCOMP_WORDS=(parlance ${words.join(' ')} ''); COMP_CWORD=${words.length + 1}; _parlance; echo "\${COMPREPLY[@]}"`;
      const { stdout: answer, status } = spawnSync('bash', ['-c', line], { encoding: 'utf8' });
      expect(status).toBe(0);
      return answer.trim().split(' ');
    };
    expect(complete()).toEqual(expect.arrayContaining(['keys', 'chat', 'audit']));
    expect(complete('keys')).toEqual(expect.arrayContaining(['create', 'list', 'revoke', 'rotate']));
    expect(complete('keys', 'create', '--name', 'x')).toEqual(expect.arrayContaining(['--scopes', '--json']));
  });

  it.each(['bash', 'zsh', 'fish'])('contains every command for %s', async (shell) => {
    const { json } = await parlance.run(['completion', shell, '--json']);
    expect(json.shell).toBe(shell);
    for (const { path } of leaves) expect(json.script).toContain(path.split(' ').at(-1));
  });
});
