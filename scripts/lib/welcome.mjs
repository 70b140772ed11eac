/**
 * The first output for a new user once the server runs: the key, and three working examples to paste.
 *
 * @param {{ url: string, apiKey: string | null, home: string, startedAt?: number, isOwnHome: boolean }} facts startedAt: in
 *   ms since 1970; isOwnHome: whether PARLANCE_HOME names another folder than usual
 * @returns {string}
 */
export function welcome({ url, apiKey, home, startedAt, isOwnHome }) {
  const base = reachable(url);
  const inHome = isOwnHome ? `PARLANCE_HOME=${quoted(home)} ` : '';
  const key = apiKey
    ? `Demo API key, shown only this once:\n\n  ${apiKey}`
    : 'The demo API key was shown at the first start. `npm run demo:key` creates another one, as below.';
  const time = startedAt === undefined ? '' : `, after ${Math.round((Date.now() - startedAt) / 1000)} s`;
  const knowledge = {
    title: 'Opening hours',
    content: 'The library is open from 9 to 18 on weekdays. It is closed on Sundays.',
  };
  const question = { message: 'When is the library open?' };
  return `
Parlance is running: ${base}   (Ctrl-C stops it${time})

  documentation  ${base}/docs
  data           ${home}

${key}

Three things to try, in a second terminal in this folder:

  export PARLANCE_URL=${base} PARLANCE_API_KEY=${apiKey ?? `$(${inHome}npm run -s demo:key)`}

1. Add a document and ask a question

  ${curl('/api/v1/knowledge', knowledge)}
  ${curl('/api/v1/chat', question)}

2. Chat at the command line

  npx parlance chat

3. Open the documentation in a browser, choose "Authorize" and paste the key

  ${base}/docs
`;
}

/**
 * @param {string} path
 * @param {object} body
 */
function curl(path, body) {
  const headers = ['Authorization: Bearer $PARLANCE_API_KEY', 'Content-Type: application/json'];
  return `curl $PARLANCE_URL${path} ${headers.map((header) => `-H "${header}"`).join(' ')} -d '${JSON.stringify(body)}'`;
}

/**
 * @param {string} url
 * @returns {string} the URL with a connectable address in place of "all addresses"
 */
function reachable(url) {
  return url.replace('//0.0.0.0', '//127.0.0.1').replace('//[::]', '//[::1]').replace(/\/$/, '');
}

/** @param {string} text */
function quoted(text) {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
