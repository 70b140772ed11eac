export const DATA_SOURCES_QUEUE = 'data-sources';

/** Profile this upload of the data source. */
export interface ProfileDataSource {
  id: string;
  organizationId: string;
  uploadId: string;
}
