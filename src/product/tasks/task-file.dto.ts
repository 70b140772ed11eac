import { applyDecorators, Header } from '@nestjs/common';
import { ApiOkResponse, ApiParam } from '@nestjs/swagger';
import { FILE_TYPES, type FileType } from './task-file.entity.js';

/** A browser that displays a file after all runs no scripts in it, and loads nothing for it. */
const SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox";

const EXAMPLES: Partial<Record<FileType, unknown>> = {
  'application/json': { revenue: 1200 },
  'text/csv': 'month,revenue\n2030-01,1200\n',
  'text/html': '<!doctype html><title>Returns of damaged goods</title>',
  'text/markdown': '# Returns of damaged goods\n',
};

/** Documents a response that is a file, and keeps its content harmless in a browser. */
export const ApiTaskFile = (): MethodDecorator =>
  applyDecorators(
    Header('Content-Security-Policy', SANDBOX),
    ApiParam({ name: 'name', description: 'Name of the file, as in the results.', example: 'paper.md' }),
    ApiOkResponse({
      description: 'The file, as an attachment',
      content: Object.fromEntries(
        Object.values(FILE_TYPES).map((type) => [
          type,
          type === 'application/json'
            ? { schema: { description: 'Depends on the file.' }, example: EXAMPLES[type] }
            : {
                schema: { type: 'string', ...(!(type in EXAMPLES) && { format: 'binary' }) },
                example: EXAMPLES[type] ?? '…',
              },
        ]),
      ),
    }),
  );
