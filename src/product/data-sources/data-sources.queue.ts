export const DATA_SOURCES_QUEUE = 'data-sources';
/** Outside databases may be slow, and nobody who uploads a file shall wait for them. */
export const CONNECTIONS_QUEUE = 'data-source-connections';

/** Profile this upload of the data source, or replace it by a new copy of the table. */
export interface ProfileDataSource {
  id: string;
  organizationId: string;
  uploadId: string | null;
}
