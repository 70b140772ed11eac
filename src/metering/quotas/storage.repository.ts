import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';

/** What is stored, in the scope of an organization. That of its sandbox counts too. */
@Injectable()
export class StorageRepository {
  constructor(private readonly database: Database) {}

  async getUsedBytes(): Promise<number> {
    const [row] = await this.database.query<{ used: number }>('SELECT used_storage()::float8 AS used');
    return row?.used ?? 0;
  }

  /** What is used and by how much the open transaction has added to it; others who ask wait until it ends. */
  async settle(): Promise<{ used: number; added: number }> {
    const [row] = await this.database.query<{ used: number; added: number }>(
      'SELECT used::float8, added::float8 FROM settle_storage()',
    );
    return row ?? { used: 0, added: 0 };
  }
}
