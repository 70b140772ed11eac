import { Api } from './api.mjs';
import { query } from './stage.mjs';

export const ACCOUNT = { email: 'bench@example.com', password: 'a long sentence for the benchmark' };
const SCOPES = [
  ...['conversations:read', 'conversations:write', 'knowledge:read', 'knowledge:write'],
  ...['tasks:read', 'tasks:write', 'system:read'],
];

/**
 * Registers an organization and returns its owner, signed in. Its plan is the highest and has no limits, so that only the server
 * is measured.
 *
 * @param {string} url
 * @param {string} databaseUrl
 * @param {string} [email]
 * @returns {Promise<Api>}
 */
export async function createOwner(url, databaseUrl, email = ACCOUNT.email) {
  const { body } = await new Api(url).post('/auth/register', { ...ACCOUNT, email });
  await query(
    databaseUrl,
    `BEGIN; SET LOCAL ROLE parlance_platform; UPDATE organizations SET plan = 'enterprise';
     UPDATE plans SET requests_per_minute = NULL, in_flight = NULL, requests_per_day = NULL; COMMIT`,
  );
  return new Api(url, body.access_token);
}

/**
 * A program of an organization: a caller with an API key.
 *
 * @param {string} url
 * @param {string} databaseUrl
 * @param {string} [email] of its owner
 * @returns {Promise<Api>}
 */
export async function createTenant(url, databaseUrl, email) {
  const owner = await createOwner(url, databaseUrl, email);
  const { body } = await owner.post('/api/v1/api-keys', { name: 'bench', scopes: SCOPES });
  return owner.as(body.key);
}
