/** A stretch of text. */
export interface Inline {
  text: string;
  bold?: true;
  italic?: true;
  code?: true;
  /** Number of the reference that it ends with. */
  note?: number;
  /** Address; others than http, https and mailto are left out. */
  link?: string;
}

export type Block =
  | { kind: 'heading'; level: 1 | 2 | 3; text: string }
  | { kind: 'paragraph'; inlines: Inline[] }
  | { kind: 'quote'; inlines: Inline[]; source?: string }
  | { kind: 'list'; ordered: boolean; items: Inline[][] }
  | { kind: 'table'; caption?: string; columns: { title: string; align: 'left' | 'right' }[]; rows: string[][] }
  | { kind: 'figure'; svg: string; caption: string; alt: string }
  | { kind: 'code'; language: string; text: string }
  | { kind: 'references'; items: Inline[][] };

/** A document, apart from its format. All of its text can be hostile. */
export interface Typeset {
  title: string;
  subtitle?: string;
  authors?: string[];
  date?: string;
  /** BCP 47. */
  language: string;
  blocks: Block[];
}
