import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Fonts that are the same on every machine. */
export const FONTS = join(dirname(createRequire(import.meta.url).resolve('pdfmake/package.json')), 'fonts/Roboto');

export const font = (style: 'Regular' | 'Medium' | 'Italic' | 'MediumItalic'): string =>
  join(FONTS, `Roboto-${style}.ttf`);
