import { Readable } from 'node:stream';
import { Injectable, StreamableFile } from '@nestjs/common';
import type { Principal } from '../../identity/permissions/index.js';
import { Database } from '../../platform/database/index.js';
import { notFound } from '../../platform/errors/index.js';
import { TaskFilesRepository } from './task-files.repository.js';
import { TasksService } from './tasks.service.js';

/** Bytes in memory per download. */
const PART_BYTES = 256 * 1024;

/** Sends the files of tasks, part by part. */
@Injectable()
export class TaskFiles {
  constructor(
    private readonly database: Database,
    private readonly tasks: TasksService,
    private readonly files: TaskFilesRepository,
  ) {}

  /** @throws ApiError NOT_FOUND, and those of results */
  async open({ organizationId }: Principal, taskId: string, name: string): Promise<StreamableFile> {
    const file = await this.database.asTenant(organizationId, async () => {
      await this.tasks.getCompleted(taskId);
      const found = await this.files.find(taskId, name);
      return found && { ...found, first: await this.files.findPart(taskId, name, 0, PART_BYTES) };
    });
    if (!file?.first) throw notFound('File', name);
    const { contentType, bytes, first } = file;
    const content = Readable.from(this.parts(organizationId, taskId, { name, bytes, first }), { objectMode: false });
    return new StreamableFile(content, {
      type: contentType.startsWith('text/') ? `${contentType}; charset=utf-8` : contentType,
      disposition: `attachment; filename="${name}"`,
      length: bytes,
    });
  }

  private async *parts(organizationId: string, taskId: string, { name, bytes, first }: Opened): AsyncGenerator<Buffer> {
    let part: Buffer | undefined = first;
    for (let sent = 0; ;) {
      yield part;
      sent += part.length;
      const from: number = sent;
      if (from >= bytes) return;
      part = await this.database.asTenant(organizationId, () => this.files.findPart(taskId, name, from, PART_BYTES));
      // The connection breaks, so that nobody takes a part of a file for all of it.
      if (!part?.length) throw new Error('the file was deleted while it was sent');
    }
  }
}

interface Opened {
  name: string;
  bytes: number;
  first: Buffer;
}
