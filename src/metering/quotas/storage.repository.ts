import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';

/** Stored bytes, in the scope of an organization, including its sandbox. */
@Injectable()
export class StorageRepository {
  constructor(private readonly database: Database) {}

  async getUsedBytes(): Promise<number> {
    const [row] = await this.database.query<{ used: number }>('SELECT used_storage()::float8 AS used');
    return row?.used ?? 0;
  }

  /** Bytes stored, and bytes added by the open transaction. Locks the sum until the transaction ends. */
  async settle(): Promise<{ used: number; added: number }> {
    const [row] = await this.database.query<{ used: number; added: number }>(
      'SELECT used::float8, added::float8 FROM settle_storage()',
    );
    return row ?? { used: 0, added: 0 };
  }
}
