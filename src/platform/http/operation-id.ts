import { applyDecorators, SetMetadata, type Type } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';

const OPERATION_ID = 'parlance:operation-id';

/** Names an operation in openapi.json where its class and handler do not: one that stands beside another controller's. */
export const OperationId = (id: string): MethodDecorator =>
  applyDecorators(SetMetadata(OPERATION_ID, id), ApiOperation({ operationId: id }));

/** The name of an operation by the names of its controller and handler: `apiKeys.create`. */
export const operationIdFor = (controller: string, handler: string): string =>
  `${controller.charAt(0).toLowerCase()}${controller.slice(1).replace(/Controller$/, '')}.${handler}`;

/** The name of the operation that a handler serves. */
export const operationIdOf = (controller: Type, handler: { name: string }): string =>
  (Reflect.getMetadata(OPERATION_ID, handler) as string | undefined) ?? operationIdFor(controller.name, handler.name);
