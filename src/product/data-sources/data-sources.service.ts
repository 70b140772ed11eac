import { Injectable } from '@nestjs/common';
import { validate } from 'uuid';
import { actorOf, Audit } from '../../identity/audit/index.js';
import { requireScopes, type Principal } from '../../identity/permissions/index.js';
import { Database } from '../../platform/database/index.js';
import { DuckDbEnded, type DuckDbSession } from '../../platform/duckdb/index.js';
import { ApiError, invalidField, notFound } from '../../platform/errors/index.js';
import { Events } from '../../platform/events/index.js';
import { newId } from '../../platform/ids/index.js';
import { cursorId, toPage, type Page, type PageQuery } from '../../platform/paging/index.js';
import { TaskFailure } from '../tasks/index.js';
import { BuiltInTables } from './built-in-tables.js';
import { ContentGone, DataSourceOpening, type OpeningOptions } from './data-source-opening.js';
import type { DataSource } from './data-source.entity.js';
import { DataSourceDto, type CreateDataSourceDto, type UpdateDataSourceDto } from './data-sources.dto.js';
import type { dataSourcesEvents } from './data-sources.events.js';
import { DataSourcesRepository } from './data-sources.repository.js';
import { COLUMN_ROLES, withRoles, type ColumnRole, type Profile } from './profile.js';

/** A data source in a task. */
interface OpenDataSource {
  /** For one of the platform's own tables, its name. */
  id: string;
  name: string;
  profile: Profile;
  /** The content is its table `data`. */
  session: DuckDbSession;
}

@Injectable()
export class DataSourcesService {
  constructor(
    private readonly database: Database,
    private readonly sources: DataSourcesRepository,
    private readonly opening: DataSourceOpening,
    private readonly builtIn: BuiltInTables,
    private readonly audit: Audit,
    private readonly events: Events<typeof dataSourcesEvents>,
  ) {}

  async create(principal: Principal, { name, format }: CreateDataSourceDto): Promise<DataSourceDto> {
    this.requireFreeName(name);
    const { organizationId } = principal;
    return this.database.asTenant(organizationId, async () => {
      const id = newId();
      await this.sources.insert({ id, organizationId, name, format });
      const source = await this.getOrThrow(id);
      await this.record(principal, 'data_source.created', source);
      return DataSourceDto.from(source);
    });
  }

  list(principal: Principal, query: PageQuery): Promise<Page<DataSourceDto>> {
    const before = cursorId(query);
    return this.database.pipelineAsTenant(principal.organizationId, async () =>
      toPage(await this.sources.list(query.limit, before), (source) => DataSourceDto.from(source)),
    );
  }

  get({ organizationId }: Principal, id: string): Promise<DataSourceDto> {
    return this.database.asTenant(organizationId, async () => DataSourceDto.from(await this.getOrThrow(id)));
  }

  async update(principal: Principal, id: string, { name, roles }: UpdateDataSourceDto): Promise<DataSourceDto> {
    if (name !== undefined) this.requireFreeName(name);
    return this.database.asTenant(principal.organizationId, async () => {
      const source = await this.sources.findLocked(id);
      if (!source) throw notFound('Data source', id);
      if (roles && Object.keys(roles).length > 0) requireRoles(source, roles);
      await this.sources.update(id, { name: name ?? source.name, roles: { ...source.roles, ...roles } });
      const changed = await this.getOrThrow(id);
      await this.record(principal, 'data_source.updated', changed);
      return DataSourceDto.from(changed);
    });
  }

  delete(principal: Principal, id: string): Promise<void> {
    return this.database.asTenant(principal.organizationId, async () => {
      const source = await this.sources.findLocked(id);
      if (!source) throw notFound('Data source', id);
      await this.sources.delete(id);
      await this.record(principal, 'data_source.deleted', source);
    });
  }

  /**
   * Opens a data source for a task, by id or name. A deletion meanwhile does not disturb it.
   * @throws TaskFailure DATA_SOURCE_NOT_FOUND, DATA_SOURCE_NOT_READY, DATA_SOURCE_FAILED or DATA_SOURCE_TOO_LARGE; the
   *   signal's reason
   */
  async open<T>(
    organizationId: string,
    idOrName: string,
    options: OpeningOptions,
    work: (source: OpenDataSource) => Promise<T>,
  ): Promise<T> {
    try {
      if (this.builtIn.scopeOf(idOrName)) {
        return await this.builtIn.open(organizationId, idOrName, options, (profile, session) =>
          work({ id: idOrName, name: idOrName, profile, session }),
        );
      }
      const source = await this.database.asTenant(organizationId, () => this.findByIdOrName(idOrName));
      const profile = readyProfile(source, idOrName);
      const { id, name, roles } = source as DataSource;
      return await this.opening.open(source as DataSource, options, (session) =>
        work({ id, name, profile: withRoles(profile, roles), session }),
      );
    } catch (error) {
      if (error instanceof ContentGone) throw missing(idOrName);
      if (error instanceof DuckDbEnded && error.reason !== 'crash')
        throw new TaskFailure('DATA_SOURCE_TOO_LARGE', error.message);
      throw error;
    }
  }

  /**
   * Requires that a task of this caller may read a data source.
   * @throws ApiError NOT_FOUND; INSUFFICIENT_SCOPE for one of the platform's own tables
   */
  async requireReadable(principal: Principal, idOrName: string): Promise<void> {
    const scope = this.builtIn.scopeOf(idOrName);
    if (scope) return requireScopes(principal, [scope]);
    const source = await this.database.asTenant(principal.organizationId, () => this.findByIdOrName(idOrName));
    if (!source) throw notFound('Data source', idOrName);
  }

  /** The id of the data source that was created last, among those that can be opened. */
  newestReady(organizationId: string): Promise<string | undefined> {
    return this.database.asTenant(organizationId, async () => (await this.sources.findNewestReady())?.id);
  }

  private requireFreeName(name: string): void {
    if (!this.builtIn.names.includes(name.toLowerCase())) return;
    throw new ApiError('CONFLICT', { detail: `The name ${JSON.stringify(name)} is reserved. Choose another.` });
  }

  private async findByIdOrName(idOrName: string): Promise<DataSource | undefined> {
    const byId = validate(idOrName) ? await this.sources.find(idOrName) : undefined;
    return byId ?? this.sources.findByName(idOrName);
  }

  private async getOrThrow(id: string): Promise<DataSource> {
    const source = await this.sources.find(id);
    if (!source) throw notFound('Data source', id);
    return source;
  }

  /** Writes the event and the audit record in the open transaction. */
  private async record(
    principal: Principal,
    type: 'data_source.created' | 'data_source.updated' | 'data_source.deleted',
    { id, name, format }: DataSource,
  ): Promise<void> {
    await this.events.record({ type, subject: id, payload: { name, format } });
    const target = { type: 'data_source', id };
    await this.audit.record({ action: type, actor: actorOf(principal), target, details: { format } });
  }
}

function readyProfile(source: DataSource | undefined, idOrName: string): Profile {
  if (!source) throw missing(idOrName);
  if (source.profile) return source.profile;
  const { name, status, error } = source;
  if (status === 'failed')
    throw new TaskFailure('DATA_SOURCE_FAILED', `The data source ${JSON.stringify(name)} cannot be read: ${error}`);
  throw new TaskFailure(
    'DATA_SOURCE_NOT_READY',
    `The data source ${JSON.stringify(name)} is not ready: it is ${status}.`,
  );
}

const missing = (idOrName: string): TaskFailure =>
  new TaskFailure('DATA_SOURCE_NOT_FOUND', `The data source ${JSON.stringify(idOrName)} does not exist.`);

function requireRoles({ profile }: DataSource, roles: Record<string, ColumnRole>): void {
  if (!profile)
    throw new ApiError('CONFLICT', {
      detail: 'Roles can be corrected when the `status` of the data source is `ready`.',
    });
  for (const [column, role] of Object.entries(roles)) {
    if (!COLUMN_ROLES.includes(role))
      throw invalidField('roles', `each role must be one of ${COLUMN_ROLES.join(', ')}`);
    if (!profile.columns.some(({ name }) => name === column))
      throw invalidField('roles', `names the column ${JSON.stringify(column.slice(0, 100))}, which does not exist`);
  }
}
