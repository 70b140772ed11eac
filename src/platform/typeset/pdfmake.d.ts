/** The part of pdfmake that is used: it ships no types for its server side. */
declare module 'pdfmake' {
  /** Nodes of a document; see pdfmake's documentation. */
  export type Content = string | Content[] | { [property: string]: unknown };

  const pdfmake: {
    setFonts(fonts: Record<string, Record<'normal' | 'bold' | 'italics' | 'bolditalics', string>>): void;
    setUrlAccessPolicy(isAllowed: (url: string) => boolean): void;
    setLocalAccessPolicy(isAllowed: (path: string) => boolean): void;
    createPdf(definition: Record<string, unknown>): { getBuffer(): Promise<Buffer> };
  };
  export default pdfmake;
}
