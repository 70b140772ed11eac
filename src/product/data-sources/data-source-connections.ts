import { Injectable } from '@nestjs/common';
import type { Principal } from '../../identity/permissions/index.js';
import { Crypto } from '../../platform/crypto/index.js';
import { ApiError, invalidField } from '../../platform/errors/index.js';
import type { PostgresTable } from '../../platform/postgres-reader/index.js';
import type { ConnectionDto } from './connection.dto.js';
import type { Connection, DataSource } from './data-source.entity.js';

const PURPOSE = 'data source password';

type Owned = Pick<DataSource, 'id' | 'organizationId'>;

/** Connections of data sources. Their passwords are stored encrypted, each for its data source only. */
@Injectable()
export class DataSourceConnections {
  constructor(private readonly crypto: Crypto) {}

  /** The columns of a new data source that has a connection or is a file. */
  create(owner: Owned, format: string, given: ConnectionDto | undefined, { plan }: Principal): Partial<DataSource> {
    if (format === 'postgresql' && !given) throw invalidField('connection', 'is required for the format postgresql');
    if (format !== 'postgresql' && given) throw invalidField('connection', `is not allowed for the format ${format}`);
    return given ? { ...this.seal(owner, given), ...unread(plan) } : {};
  }

  /** The changed columns of a data source that is to be read by another connection. */
  replace(source: DataSource, given: ConnectionDto, { plan }: Principal): Partial<DataSource> {
    requireConnection(source);
    return { ...this.seal(source, given), ...unread(plan) };
  }

  /** The changed columns of a data source that is to be read again; undefined if it is being read. */
  refresh(source: DataSource, { plan }: Principal): Partial<DataSource> | undefined {
    requireConnection(source);
    return source.status === 'profiling' ? undefined : unread(plan);
  }

  private seal(owner: Owned, { password, port = 5432, ssl = 'require', ...rest }: ConnectionDto): Partial<DataSource> {
    return {
      connection: { ...rest, port, ssl },
      encryptedPassword: this.crypto.encrypt(PURPOSE, password, contextOf(owner)),
    };
  }

  open(source: DataSource): PostgresTable {
    const password = this.crypto.decrypt(PURPOSE, source.encryptedPassword ?? '', contextOf(source));
    return { ...(source.connection as Connection), password };
  }
}

/** A run that reads it now does not complete. */
const unread = (plan: string): Partial<DataSource> => ({
  plan,
  status: 'profiling',
  error: null,
  attempts: 0,
  holder: null,
  leaseUntil: null,
});

function requireConnection({ connection }: DataSource): void {
  if (!connection) throw new ApiError('CONFLICT', { detail: 'The content of this data source is a file.' });
}

const contextOf = ({ organizationId, id }: Owned): string => `${organizationId} ${id}`;
