import { Api } from './api.mjs';
import { query } from './stage.mjs';

const SCOPES = ['conversations:read', 'conversations:write', 'knowledge:read', 'knowledge:write', 'system:read'];

/**
 * Registers an organization and returns a caller with an API key of it. Its plan is the widest there is, so that what is
 * measured is the server and not its limits.
 *
 * @param {string} url
 * @param {string} databaseUrl
 * @returns {Promise<Api>}
 */
export async function createTenant(url, databaseUrl) {
  const account = { email: 'bench@example.com', password: 'a long sentence for the benchmark' };
  const { body: session } = await new Api(url).post('/auth/register', account);
  await query(
    databaseUrl,
    `BEGIN; SET LOCAL ROLE parlance_platform; UPDATE organizations SET plan = 'enterprise'; COMMIT`,
  );
  const { body } = await new Api(url, session.access_token).post('/api/v1/api-keys', { name: 'bench', scopes: SCOPES });
  return new Api(url, body.key);
}
