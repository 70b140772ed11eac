// The baseline: Nest on Express and nothing else. The environment contains its responses.
import 'reflect-metadata';
import { Controller, Get, HttpCode, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { json } from 'express';
import pg from 'pg';

const rows = JSON.parse(process.env.BARE_BODY ?? '{}');
const ok = { status: 'ok' };

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 20, pipeline: true });

class BareController {
  /** The same bytes as Parlance's list, from memory. */
  list() {
    return rows;
  }

  /** The same bytes as Parlance's health check. */
  health() {
    return ok;
  }

  /** The same bytes, in response to JSON. */
  write() {
    return ok;
  }

  /** The same rows from the same table under row-level security, in plain SQL: no ORM, authentication or log. */
  async rows() {
    const client = await pool.connect();
    try {
      const begun = client.query(
        `BEGIN; SET LOCAL ROLE parlance_tenant; SET LOCAL app.organization_id = '${process.env.BARE_ORGANIZATION}'`,
      );
      const found = client.query('SELECT * FROM conversations ORDER BY id DESC LIMIT 21');
      const [, result] = await Promise.all([begun, found, client.query('COMMIT')]);
      return { data: result.rows.slice(0, 20), next_cursor: null, has_more: true };
    } finally {
      client.release();
    }
  }
}

/** @param {'list' | 'health' | 'rows' | 'write'} name @param {MethodDecorator[]} decorators */
function route(name, ...decorators) {
  const { prototype } = BareController;
  const method = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(prototype, name));
  for (const decorate of decorators) decorate(prototype, name, method);
}

route('list', Get('api/v1/conversations'));
route('health', Get('health'));
route('rows', Get('rows'));
route('write', Post('write'), HttpCode(200));
Controller()(BareController);

class BareModule {}
Module({ controllers: [BareController] })(BareModule);

const app = await NestFactory.create(BareModule, { bodyParser: false, logger: false });
// Parlance sends neither header, so the baseline must not be slower because of them.
const express = app.getHttpAdapter().getInstance();
express.disable('etag');
express.disable('x-powered-by');
express.use('/write', json());
await app.listen(0, '127.0.0.1');
process.send?.({ url: await app.getUrl() });
process.once('disconnect', () => process.exit());
