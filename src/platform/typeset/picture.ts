import { Resvg } from '@resvg/resvg-js';
import { font } from './fonts.js';

/** Pixels of the picture per pixel of the drawing: it is also printed. */
const DENSITY = 2;
const MAX_PIXELS = 10_000_000;
const STYLES = ['Regular', 'Medium', 'Italic', 'MediumItalic'] as const;

/** An SVG as PNG, for programs that cannot draw it; undefined if it cannot be drawn. A huge one is coarse. */
export function pictureOf(svg: string, { width, height }: { width: number; height: number }): Buffer | undefined {
  const density = Math.min(DENSITY, Math.sqrt(MAX_PIXELS / (width * height)));
  try {
    return new Resvg(svg, {
      background: 'white',
      fitTo: { mode: 'width', value: Math.max(1, Math.floor(width * density)) },
      font: {
        fontFiles: STYLES.map(font),
        loadSystemFonts: false,
        defaultFontFamily: 'Roboto',
        sansSerifFamily: 'Roboto',
      },
    })
      .render()
      .asPng();
  } catch {
    return undefined;
  }
}
