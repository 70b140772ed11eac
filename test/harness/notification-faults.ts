type Query = <Row>(sql: string, parameters?: unknown[]) => Promise<Row[]>;

export interface NotificationFaults {
  /** Events without a notification. */
  lost: string[];
  /** Events with more than one notification. */
  doubled: string[];
}

export const NO_FAULTS: NotificationFaults = { lost: [], doubled: [] };

/** Compares what happened (the ids of created API keys) with the stored notifications. */
export async function notificationFaults(query: Query, keyIds: string[]): Promise<NotificationFaults> {
  const rows = await query<{ id: string; told: number }>(
    `SELECT key.id, count(n.id)::int AS told FROM unnest($1::text[]) AS key(id)
     LEFT JOIN notifications n ON n.data->>'subject' = key.id AND n.data->>'event_type' = 'api_key.created'
     GROUP BY key.id`,
    [keyIds],
  );
  const having = (isFault: (told: number) => boolean): string[] =>
    rows.filter(({ told }) => isFault(told)).map(({ id }) => id);
  return { lost: having((told) => told === 0), doubled: having((told) => told > 1) };
}
