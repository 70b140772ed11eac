// A process that runs the services of a home, for launcher.spec.ts to kill. It executes one command per line of standard
// input and responds to each with one line of JSON.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import pg from 'pg';
import { CHECKOUT_CACHE } from '../../scripts/lib/checkout.mjs';
import { startServices } from '../../scripts/lib/services.mjs';

const home = process.argv[2] ?? '';
const cache = process.env.PARLANCE_CACHE ?? CHECKOUT_CACHE;
const services = await startServices({ home, cache }).catch((error) => {
  console.error(error.message);
  process.exit(1);
});
const pool = new pg.Pool({ connectionString: services.databaseUrl });
const redis = new Redis(services.redisUrl);
for (const client of [pool, redis]) client.on('error', () => {});

/** @type {Record<string, (value: string) => Promise<unknown>>} */
const commands = {
  async remember(value) {
    await pool.query('CREATE TABLE IF NOT EXISTS remembered (value text)');
    await pool.query('INSERT INTO remembered VALUES ($1)', [value]);
    await redis.rpush('remembered', value);
    return value;
  },
  async recall() {
    const { rows } = await pool.query('SELECT value FROM remembered');
    return { postgres: rows.map((row) => row.value), redis: await redis.lrange('remembered', 0, -1) };
  },
  async role() {
    const { rows } = await pool.query('SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user');
    return rows[0];
  },
  async pids() {
    // A separate connection: one from the pool may reach a server process that briefly outlives its parent.
    const client = new pg.Client({ connectionString: services.databaseUrl });
    await client.connect();
    await client.end();
    const [, redisPid] = /process_id:(\d+)/.exec(await redis.info('server')) ?? [];
    return {
      postgres: Number.parseInt(readFileSync(join(home, 'postgres/postmaster.pid'), 'utf8')),
      redis: Number(redisPid),
    };
  },
  async stop() {
    redis.disconnect();
    await pool.end();
    await services.stop();
    return new URL(services.redisUrl).pathname;
  },
};

console.log(JSON.stringify('ready'));
for await (const line of createInterface({ input: process.stdin })) {
  const [name = '', value = ''] = line.split(' ');
  try {
    console.log(JSON.stringify(await commands[name]?.(value)));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }));
  }
}
