export const BYTES_PER_TOKEN = 4;

/** Estimated number of tokens of a text that no tokenizer has counted. */
export const estimateTokens = (text: string): number => Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
