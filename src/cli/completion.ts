import { Argument, type Command } from 'commander';
import { leaf, printing } from './command.js';
import type { Context } from './context.js';

interface Word {
  text: string;
  about: string;
}

/** The possible words after `path`. */
interface Place {
  path: string;
  words: Word[];
}

export function addCompletion(program: Command, context: Context): void {
  leaf(program, 'completion', 'print a script that completes commands and options with the Tab key', [
    'completion bash >> ~/.bashrc',
    'completion zsh > ~/.zfunc/_parlance',
    'completion fish > ~/.config/fish/completions/parlance.fish',
  ])
    .addArgument(new Argument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish']))
    .action(
      printing(context, async (shell: keyof typeof scripts) => {
        const script = scripts[shell](placesOf(program, []));
        return { json: { shell, script }, text: script };
      }),
    );
}

function placesOf(command: Command, path: string[]): Place[] {
  const options = command.createHelp().visibleOptions(command);
  const words = [
    ...command.commands.map((child) => ({ text: child.name(), about: child.description() })),
    ...options.map((option) => ({ text: option.long ?? option.short ?? '', about: option.description })),
  ];
  const below = command.commands.flatMap((child) => placesOf(child, [...path, child.name()]));
  return [{ path: path.join(' '), words }, ...below];
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Shell code that finds the longest path of command names among the words typed so far. */
const followPath = (places: Place[], words: string): string => `  local word place=''
  for word in ${words}; do
    case "\${place:+$place }$word" in
      ${places
        .slice(1)
        .map(({ path }) => quoted(path))
        .join('|')}) place="\${place:+$place }$word" ;;
    esac
  done`;

const scripts = {
  bash: (places: Place[]) => `# bash completion of parlance
_parlance() {
${followPath(places, '"${COMP_WORDS[@]:1:COMP_CWORD-1}"')}
  local words=''
  case "$place" in
${places.map(({ path, words }) => `    ${quoted(path)}) words=${quoted(words.map(({ text }) => text).join(' '))} ;;`).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _parlance parlance`,

  zsh: (places: Place[]) => `#compdef parlance
_parlance() {
${followPath(places, '"${(@)words[2,CURRENT-1]}"')}
  local -a choices
  case "$place" in
${places.map(({ path, words }) => `    ${quoted(path)}) choices=(${words.map(({ text, about }) => quoted(`${text}:${about}`)).join(' ')}) ;;`).join('\n')}
  esac
  _describe 'parlance' choices
  _files
}
compdef _parlance parlance
# As a file in fpath this is run by the first completion itself.
if [ "\${funcstack[1]}" = _parlance ]; then _parlance; fi`,

  fish: (places: Place[]) => `# fish completion of parlance
function __parlance_at
  set -l place
  for word in (commandline -opc)[2..-1]
    switch (string join -- ' ' $place $word)
      case ${places
        .slice(1)
        .map(({ path }) => quoted(path))
        .join(' ')}
        set -a place $word
    end
  end
  test "$place" = "$argv[1]"
end
${places.flatMap(({ path, words }) => words.map((word) => fishLine(path, word))).join('\n')}`,
};

const fishLine = (path: string, { text, about }: Word): string => {
  const what = text.startsWith('--') ? `-l ${text.slice(2)}` : `-f -a ${text}`;
  return `complete -c parlance -n ${quoted(`__parlance_at ${quoted(path)}`)} ${what} -d ${quoted(about)}`;
};
