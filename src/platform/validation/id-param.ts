import { Param, type PipeTransform } from '@nestjs/common';
import { validate } from 'uuid';
import { notFound } from '../errors/index.js';

/** An id that is no UUID names nothing, so it answers like one that never existed. */
export class ExistingIdPipe implements PipeTransform<string> {
  transform(value: string): string {
    if (!validate(value)) throw notFound();
    return value.toLowerCase();
  }
}

/** The `:id` of the route. */
export const Id = (): ParameterDecorator => Param('id', new ExistingIdPipe());
