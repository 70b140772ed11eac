import { createParamDecorator } from '@nestjs/common';
import { currentOrigin } from '../../platform/telemetry/index.js';

/** Where a sign-in comes from. */
export interface Origin {
  /** Null when the proxy sends none. */
  ip: string | null;
  userAgent: string | null;
}

/** Injects where the request comes from. */
export const RequestOrigin = createParamDecorator((): Origin => currentOrigin() ?? { ip: null, userAgent: null });
