import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';

/** What is on its way out. Times are ISO 8601, addresses may be paths. */
export interface Deprecation {
  since: string;
  /** From then on it is gone. */
  sunset?: string;
  /** What to use in its place. */
  successor?: string;
  /** A page that tells how to. */
  guide?: string;
}

export const DEPRECATION = 'parlance:deprecation';

/** This route is on its way out: its answers say so, and after `sunset` it is gone (410). */
export const Deprecated = (deprecation: Deprecation): MethodDecorator =>
  applyDecorators(SetMetadata(DEPRECATION, deprecation), ApiOperation({ deprecated: true }));
