import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';

/** Who can call a route. Set by the decorators here and in identity/permissions. The start fails for a route without one. */
export const ACCESS_RULE = 'parlance:access';

/** Sets the rule for the guards, and for the OpenAPI document. */
export const AccessIs = (rule: { kind: string }): MethodDecorator & ClassDecorator =>
  applyDecorators(SetMetadata(ACCESS_RULE, rule), ApiExtension('x-access', rule));

/** Any client can call this route, without a credential. */
export const Public = (): MethodDecorator & ClassDecorator => AccessIs({ kind: 'public' });
