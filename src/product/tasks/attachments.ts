import { TaskFailure, type AttachedFile } from './task-runner.js';
import { FILE_TYPES } from './task-file.entity.js';
import type { FileContent } from './task-files.repository.js';

const MAX_FILES = 20;
const MAX_BYTES = 20 * 1024 * 1024;
/** Safe in a path, a header and every file system. */
const NAME = /^[a-z0-9][a-z0-9_-]{0,80}\.([a-z]{2,4})$/i;

/** The files of one run, stored when its task completes. */
export class Attachments {
  private readonly byName = new Map<string, FileContent>();

  /** @throws TaskFailure if they are too many or too large together */
  add({ name, contentType, content }: AttachedFile): void {
    const [, extension = ''] = NAME.exec(name) ?? [];
    if (FILE_TYPES[extension.toLowerCase() as keyof typeof FILE_TYPES] !== contentType) {
      throw new Error(`The name of a file, ${name}, does not fit its type, ${contentType}`);
    }
    this.byName.set(name, { name, contentType, content: Buffer.from(content as Uint8Array) });
    const bytes = this.files.reduce((sum, file) => sum + file.content.length, 0);
    if (this.byName.size <= MAX_FILES && bytes <= MAX_BYTES) return;
    throw new TaskFailure(
      'RESULT_TOO_LARGE',
      `The results have more than ${MAX_FILES} files, or their files are larger than 20 MiB. Ask for less at a time.`,
    );
  }

  get files(): FileContent[] {
    return [...this.byName.values()];
  }
}
