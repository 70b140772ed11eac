import type { Column } from './analysis.types.js';

const plain = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

export const isNumeric = ({ type }: Column): boolean => type === 'number' || type === 'integer';
export const isDated = ({ type }: Column): boolean => type === 'date' || type === 'timestamp';

/** Names of numbers that are no quantities: adding or comparing them means nothing. */
const LABEL =
  /(?:^|[^a-z])(?:id|ids|no|nr|code|zip|postal|postcode|phone|year|month|day|week|quarter|lat|lon|latitude|longitude|index|row)(?:$|[^a-z])/i;
/** Numbers that are averaged, not added. */
const RATE =
  /^(?:mean|average|avg|median)(?![a-z])|rate|ratio|share|percent|pct|discount|price|score|age$|margin|temperature|rating/i;
/** More values than these are no groups to compare. */
const MAX_GROUPS = 50;

/** The columns of the data, by what they are for. */
export class Columns {
  constructor(readonly all: Column[]) {}

  /** By its name, or by a spelling of it such as `order_date` for `Order Date`. */
  find(name: string): Column | undefined {
    return (
      this.all.find((column) => column.name === name) ?? this.all.find((column) => plain(column.name) === plain(name))
    );
  }

  withRole(role: Column['role']): Column | undefined {
    return this.all.find((column) => column.role === role);
  }

  get time(): Column | undefined {
    const column = this.withRole('time');
    return column && isDated(column) ? column : this.all.find(isDated);
  }

  get amount(): Column | undefined {
    const column = this.withRole('amount');
    return column && isNumeric(column) ? column : undefined;
  }

  /** A numeric column with one of these words as its name. */
  numberNamed(pattern: RegExp): Column | undefined {
    return this.all.find((column) => isNumeric(column) && pattern.test(column.name));
  }

  /** Numbers that can be added, averaged and correlated. */
  get measures(): Column[] {
    return this.all.filter(
      (column) =>
        isNumeric(column) &&
        column.distinct > 1 &&
        ['amount', 'quantity', 'none'].includes(column.role) &&
        !LABEL.test(column.name.replace(/([a-z])([A-Z])/g, '$1 $2').replaceAll('_', ' ')),
    );
  }

  /** Groups whose parts in a change can be told apart, those with few values first. */
  get groups(): Column[] {
    return this.all
      .filter(({ role, distinct }) => ['category', 'status'].includes(role) && distinct > 1 && distinct <= MAX_GROUPS)
      .sort((a, b) => a.distinct - b.distinct);
  }
}

export const isRate = (column: Column): boolean =>
  RATE.test(column.name) ||
  (typeof column.min === 'number' && typeof column.max === 'number' && column.min >= 0 && column.max <= 1);
