import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';

/** Who may call a route. Written by the decorators here and in identity/permissions; a route without one stops the boot. */
export const ACCESS_RULE = 'parlance:access';

/** The rule for the guards, and for whoever reads the document. */
export const AccessIs = (rule: { kind: string }): MethodDecorator & ClassDecorator =>
  applyDecorators(SetMetadata(ACCESS_RULE, rule), ApiExtension('x-access', rule));

/** Anybody may call this route. */
export const Public = (): MethodDecorator & ClassDecorator => AccessIs({ kind: 'public' });
