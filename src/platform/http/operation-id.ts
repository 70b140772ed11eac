import { applyDecorators, SetMetadata, type Type } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';

const OPERATION_ID = 'parlance:operation-id';

/** Sets the id of an operation in openapi.json, if it belongs to those of another controller. */
export const OperationId = (id: string): MethodDecorator =>
  applyDecorators(SetMetadata(OPERATION_ID, id), ApiOperation({ operationId: id }));

/** The id of an operation from the names of its controller and handler: `apiKeys.create`. */
export const operationIdFor = (controller: string, handler: string): string =>
  `${controller.charAt(0).toLowerCase()}${controller.slice(1).replace(/Controller$/, '')}.${handler}`;

/** The id of the operation that a handler serves. */
export const operationIdOf = (controller: Type, handler: { name: string }): string =>
  (Reflect.getMetadata(OPERATION_ID, handler) as string | undefined) ?? operationIdFor(controller.name, handler.name);
