import { ValidateIf } from 'class-validator';

/** A field that may be omitted but not null. `IsOptional` also accepts null, for fields where it means nothing or "none". */
export const MayBeOmitted = (): PropertyDecorator => ValidateIf((_object, value) => value !== undefined);
