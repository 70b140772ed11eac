import { Query, type Client, type QueryResult } from 'pg';

/**
 * Asks with a statement that is prepared once on each connection. Like `client.query({ name, text, values })`, which copies such an object
 * property by property, at several microseconds each.
 */
export function askOne(client: Client, name: string, text: string, values: unknown[]): Promise<QueryResult> {
  return new Promise<QueryResult>((resolve, reject) => {
    const query: Query & { name?: string } = new Query(text, values, (error, result) =>
      error ? reject(error) : resolve(result),
    );
    query.name = name;
    client.query(query);
  }).catch((error: Error) => {
    // One that leads back to whoever has asked, not to the socket.
    Error.captureStackTrace(error);
    throw error;
  });
}
