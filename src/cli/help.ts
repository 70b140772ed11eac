import type { Command } from 'commander';
import { leaf, printing } from './command.js';
import type { Context } from './context.js';
import { usage } from './failure.js';

export function addHelp(program: Command, context: Context): void {
  leaf(program, 'help [command...]', 'show the help of a command', ['help keys rotate', 'help knowledge']).action(
    printing(context, async (words: string[]) => {
      const command = words.reduce(childOf, program);
      let text = '';
      command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
      return { json: { command: words.join(' '), help: text }, text: text.trimEnd() };
    }),
  );
}

function childOf(parent: Command, word: string): Command {
  const child = parent.commands.find((command) => command.name() === word);
  if (!child) throw usage(`${parent.name()} has no command "${word}". See parlance help.`);
  return child;
}
