/**
 * What a newcomer reads when the server is up.
 *
 * @param {{ url: string, apiKey: string | null, home: string }} facts
 * @returns {string}
 */
export function welcome({ url, apiKey, home }) {
  const base = reachable(url);
  const key = apiKey
    ? `Demo API key, shown only this once:\n\n  ${apiKey}`
    : 'The demo API key was shown at the first start. To create another, run: npm run demo:key\nThen run: export PARLANCE_API_KEY=…';
  const knowledge = {
    title: 'Opening hours',
    content: 'The library is open from 9 to 18 on weekdays. It is closed on Sundays.',
  };
  const question = { message: 'When is the library open?' };
  return `
Parlance is running: ${base}   (Ctrl-C stops it)

  documentation  ${base}/docs
  data           ${home}

${key}

Try it:

  ${curl(`${base}/api/v1/knowledge`, apiKey, knowledge)}

  ${curl(`${base}/api/v1/chat`, apiKey, question)}

  ${curl(`${base}/api/v1/chat/stream`, apiKey, question, '-N ')}
`;
}

/**
 * @param {string} url
 * @param {string | null} apiKey
 * @param {object} body
 * @param {string} [flags]
 */
function curl(url, apiKey, body, flags = '') {
  const headers = [`Authorization: Bearer ${apiKey ?? '$PARLANCE_API_KEY'}`, 'Content-Type: application/json'];
  return `curl ${flags}${url} ${headers.map((header) => `-H "${header}"`).join(' ')} -d '${JSON.stringify(body)}'`;
}

/**
 * @param {string} url
 * @returns {string} with an address to connect to in place of "all addresses"
 */
function reachable(url) {
  return url.replace('//0.0.0.0', '//127.0.0.1').replace('//[::]', '//[::1]').replace(/\/$/, '');
}
