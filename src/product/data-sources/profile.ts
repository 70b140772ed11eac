export const COLUMN_TYPES = ['number', 'integer', 'string', 'boolean', 'date', 'timestamp', 'other'] as const;
export type ColumnType = (typeof COLUMN_TYPES)[number];

export const COLUMN_ROLES = [
  'time',
  'amount',
  'quantity',
  'order',
  'customer',
  'product',
  'category',
  'status',
  'none',
] as const;
export type ColumnRole = (typeof COLUMN_ROLES)[number];

export interface ColumnProfile {
  name: string;
  type: ColumnType;
  role: ColumnRole;
  nulls: number;
  /** Exact up to 100,000 rows, an estimate above. */
  distinct: number;
  min: string | number | null;
  max: string | number | null;
  samples: string[];
}

/** What a table holds. */
export interface Profile {
  row_count: number;
  columns: ColumnProfile[];
  /** Sentences about what an analysis should not step into. */
  findings: string[];
}

/** A profile with the roles that people have corrected. */
export const withRoles = (profile: Profile, roles: Record<string, ColumnRole>): Profile => ({
  ...profile,
  columns: profile.columns.map((column) => ({ ...column, role: roles[column.name] ?? column.role })),
});
