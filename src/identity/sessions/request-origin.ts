import { createParamDecorator } from '@nestjs/common';
import { currentOrigin } from '../../platform/telemetry/index.js';

/** Where a sign-in comes from. */
export interface Origin {
  ip: string;
  userAgent: string | null;
}

/** Injects where the request comes from. */
export const RequestOrigin = createParamDecorator((): Origin => currentOrigin() ?? { ip: 'unknown', userAgent: null });
