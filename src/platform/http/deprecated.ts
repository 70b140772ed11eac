import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';

/** Deprecation of a version or route. Times are ISO 8601; links can be paths. */
export interface Deprecation {
  since: string;
  /** From this time on it returns 410. */
  sunset?: string;
  /** Its replacement. */
  successor?: string;
  /** A page that explains the move. */
  guide?: string;
}

export const DEPRECATION = 'parlance:deprecation';

/** Marks a route as deprecated: its responses announce it, and after `sunset` it returns 410. */
export const Deprecated = (deprecation: Deprecation): MethodDecorator =>
  applyDecorators(SetMetadata(DEPRECATION, deprecation), ApiOperation({ deprecated: true }));
