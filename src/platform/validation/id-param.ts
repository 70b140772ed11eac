import { Param, type PipeTransform } from '@nestjs/common';
import { validate } from 'uuid';
import { notFound } from '../errors/index.js';

/** An id that is not a UUID names nothing, so it is refused like one that does not exist. */
class ExistingIdPipe implements PipeTransform<string> {
  constructor(private readonly resource: string) {}

  transform(value: string): string {
    if (!validate(value)) throw notFound(this.resource, value);
    return value.toLowerCase();
  }
}

/**
 * A parameter of the route that is an id, `:id` by default.
 * @param resource what it identifies, as errors call it
 */
export const Id = (resource: string, name = 'id'): ParameterDecorator => Param(name, new ExistingIdPipe(resource));
