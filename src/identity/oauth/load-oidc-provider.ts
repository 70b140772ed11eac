import type * as library from 'oidc-provider';

export type OidcProvider = typeof library;

let loading: Promise<OidcProvider> | undefined;

/**
 * oidc-provider, loaded when the first request needs it: the command line never does. It warns about the release of Node.js
 * that runs it, although it works there; nothing else is silenced.
 */
export function loadOidcProvider(): Promise<OidcProvider> {
  loading ??= loadQuietly();
  return loading;
}

async function loadQuietly(): Promise<OidcProvider> {
  const { warn } = console;
  console.warn = (...texts: unknown[]) => {
    if (!String(texts[0]).includes('Unsupported runtime')) warn(...texts);
  };
  try {
    return await import('oidc-provider');
  } finally {
    console.warn = warn;
  }
}
