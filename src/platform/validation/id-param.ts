import { Param, type PipeTransform } from '@nestjs/common';
import { validate } from 'uuid';
import { notFound } from '../errors/index.js';

/** No resource has an id that is not a UUID, so it is refused like an unknown id. */
class ExistingIdPipe implements PipeTransform<string> {
  constructor(private readonly resource: string) {}

  transform(value: string): string {
    if (!validate(value)) throw notFound(this.resource, value);
    return value.toLowerCase();
  }
}

/**
 * A parameter of the route that is an id, `:id` by default.
 * @param resource name of its resource in errors
 */
export const Id = (resource: string, name = 'id'): ParameterDecorator => Param(name, new ExistingIdPipe(resource));
