import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';

/** The bytes of data sources. */
@Injectable()
export class PiecesRepository {
  constructor(private readonly database: Database) {}

  /** Returns false if the data source does not exist any more. */
  async insert(dataSourceId: string, uploadId: string, position: number, content: Buffer): Promise<boolean> {
    const count = await this.database.execute(
      `INSERT INTO data_source_pieces (organization_id, data_source_id, upload_id, position, content)
       SELECT organization_id, id, $2, $3, $4 FROM data_sources WHERE id = $1`,
      [dataSourceId, uploadId, position, content],
    );
    return count === 1;
  }

  async find(uploadId: string, position: number): Promise<Buffer | undefined> {
    const [piece] = await this.database.query<{ content: Buffer }>(
      'SELECT content FROM data_source_pieces WHERE upload_id = $1 AND position = $2',
      [uploadId, position],
    );
    return piece?.content;
  }

  /** Deletes what was uploaded before. */
  async keepOnly(dataSourceId: string, uploadId: string): Promise<void> {
    await this.database.execute(
      `DELETE FROM data_source_pieces p USING data_sources s
       WHERE s.id = $1 AND p.organization_id = s.organization_id AND p.upload_id = s.upload_id AND s.upload_id <> $2`,
      [dataSourceId, uploadId],
    );
  }

  async deleteUpload(uploadId: string): Promise<void> {
    await this.database.execute('DELETE FROM data_source_pieces WHERE upload_id = $1', [uploadId]);
  }

  /** Deletes pieces of uploads whose process died. An upload takes minutes. In the platform scope. */
  async deleteAbandoned(limit: number): Promise<void> {
    await this.database.execute(
      `DELETE FROM data_source_pieces USING (
         SELECT p.organization_id, p.upload_id FROM data_source_pieces p JOIN data_sources s ON s.id = p.data_source_id
         WHERE p.position = 0 AND p.created_at < now() - interval '1 hour' AND s.upload_id IS DISTINCT FROM p.upload_id
         LIMIT $1
       ) AS abandoned
       WHERE data_source_pieces.organization_id = abandoned.organization_id
         AND data_source_pieces.upload_id = abandoned.upload_id`,
      [limit],
    );
  }
}
