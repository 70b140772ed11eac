export const BYTES_PER_TOKEN = 4;

/** About how many tokens a text has, for when no tokenizer has counted them. */
export const estimateTokens = (text: string): number => Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
