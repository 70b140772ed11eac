import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import type { TaskFile } from './task-file.entity.js';

export type FileContent = Pick<TaskFile, 'name' | 'contentType' | 'content'>;
export type FileDescription = Pick<TaskFile, 'name' | 'contentType' | 'bytes'>;

const DESCRIPTION = `SELECT name, content_type AS "contentType", bytes FROM task_files WHERE task_id = $1`;

/** Files beside the results of tasks. */
@Injectable()
export class TaskFilesRepository {
  constructor(private readonly database: Database) {}

  async insert(organizationId: string, taskId: string, files: FileContent[]): Promise<void> {
    for (const { name, contentType, content } of files) {
      await this.database.execute(
        `INSERT INTO task_files (organization_id, task_id, name, content_type, bytes, content)
         VALUES ($1, $2, $3, $4, $5, $6)`,
        [organizationId, taskId, name, contentType, content.length, content],
      );
    }
  }

  list(taskId: string): Promise<FileDescription[]> {
    return this.database.query(`${DESCRIPTION} ORDER BY name`, [taskId]);
  }

  async find(taskId: string, name: string): Promise<FileDescription | undefined> {
    const [file] = await this.database.query<FileDescription>(`${DESCRIPTION} AND name = $2`, [taskId, name]);
    return file;
  }

  /** Reads a part of a file; undefined if it was deleted. */
  async findPart(taskId: string, name: string, from: number, bytes: number): Promise<Buffer | undefined> {
    const [row] = await this.database.query<{ part: Buffer }>(
      `SELECT substring(content FROM $3::int FOR $4::int) AS part FROM task_files WHERE task_id = $1 AND name = $2`,
      // SQL counts from 1.
      [taskId, name, from + 1, bytes],
    );
    return row?.part;
  }
}
