import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsObject, Matches, ValidateNested } from 'class-validator';
import { Type } from 'class-transformer';
import { Integer, MayBeOmitted, OneOf, Text } from '../../platform/validation/index.js';
import type { Connection } from './data-source.entity.js';

const SSL = ['require', 'disable'] as const;
const HOST = /^[A-Za-z0-9._:-]+$/;
/** PostgreSQL cuts longer names. */
const MAX_IDENTIFIER = 63;
const TABLE = /^[^.]{1,63}(\.[^.]{1,63})?$/u;

const Host = (): PropertyDecorator =>
  applyDecorators(
    Text(253, { example: 'db.example.com' }),
    Matches(HOST, { message: 'must be a host name or an IP address' }),
  );
const Table = (): PropertyDecorator =>
  applyDecorators(
    Text(2 * MAX_IDENTIFIER + 1, { example: 'sales.orders' }),
    Matches(TABLE, { message: 'must be `name` or `schema.name`' }),
  );

/** A table of a PostgreSQL database, and a role that can only read. */
export class ConnectionDto {
  /** A name or an address. A private address must be allowed by the operator. */
  @Host()
  host: string;
  @MayBeOmitted()
  @Integer(1, 65_535, { required: false, default: 5432, example: 5432 })
  port?: number;
  @Text(MAX_IDENTIFIER, { example: 'shop' })
  database: string;
  @Text(MAX_IDENTIFIER, { example: 'parlance_reader' })
  user: string;
  /** Stored encrypted. No response contains it. */
  @Text(1_000, { example: 'a long and random password', writeOnly: true })
  password: string;
  /** A table or a view: `name` or `schema.name`, spelled as in the database. */
  @Table()
  table: string;
  /**
   * `require` encrypts the connection and verifies the certificate of the server. With `disable`, everybody on the way can
   * read the data; the server must use SCRAM-SHA-256, which does not reveal the password.
   */
  @MayBeOmitted()
  @OneOf(SSL, { required: false, default: 'require', example: 'require' })
  ssl?: (typeof SSL)[number];
}

/** The connection of a data source, without its password. */
export class ConnectionViewDto implements Connection {
  @ApiProperty({ example: 'db.example.com' })
  host: string;
  @ApiProperty({ type: 'integer', example: 5432 })
  port: number;
  @ApiProperty({ example: 'shop' })
  database: string;
  @ApiProperty({ example: 'parlance_reader' })
  user: string;
  @ApiProperty({ example: 'sales.orders' })
  table: string;
  @ApiProperty({ enum: SSL, example: 'require' })
  ssl: (typeof SSL)[number];
}

/** A field with a connection, without an example because most requests have none. */
export const ConnectionField = (): PropertyDecorator =>
  applyDecorators(
    ApiProperty({ type: ConnectionDto, required: false }),
    ValidateNested(),
    Type(() => ConnectionDto),
    IsObject(),
  );
