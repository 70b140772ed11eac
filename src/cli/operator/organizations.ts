import { validate as isUuid } from 'uuid';
import {
  AdminOrganizationsService,
  AdminUpdateOrganizationDto,
  ListOrganizationsQuery,
  type AdminOrganizationDto,
} from '../../identity/admin/index.js';
import { actorOf } from '../../identity/audit/index.js';
import { MembersService, type MemberDto } from '../../identity/members/index.js';
import { Config } from '../../platform/config/index.js';
import { PageQuery, type Page } from '../../platform/paging/index.js';
import type { PageOptions } from '../command.js';
import { nothingFound, usage } from '../failure.js';
import type { Application } from './application.js';

const DEMO = 'Demo';

export class OperatorOrganizations {
  constructor(private readonly application: Application) {}

  async list(query: PageOptions & { name?: string; plan?: string }): Promise<Page<AdminOrganizationDto>> {
    return this.service.list(await this.application.validated(ListOrganizationsQuery, query, 'query'));
  }

  /** Finds an organization by id or name. */
  async get(reference: string): Promise<AdminOrganizationDto> {
    if (isUuid(reference)) return this.service.get(reference);
    const [organization, another] = await this.findByName(reference);
    if (!organization) throw nothingFound(`Organization "${reference}" does not exist.`);
    if (another)
      throw usage(`Several organizations are named "${reference}": use the id. parlance orgs list shows it.`);
    return organization;
  }

  /** For a command without --org: the only organization, or the demo organization on a server of `npm start`. */
  async getDefault(): Promise<AdminOrganizationDto> {
    const { data } = await this.list({ limit: '2' });
    const [organization, another] = data;
    if (!organization) throw nothingFound('No organization exists yet. Create one with parlance users create.');
    if (!another) return organization;
    const isDevelopment = this.application.get(Config).get('NODE_ENV') === 'development';
    // Others may have the same name: the oldest one was created with the database.
    const demo = isDevelopment ? (await this.findByName(DEMO)).at(-1) : undefined;
    if (!demo) throw usage('Several organizations exist: choose one with --org. parlance orgs list shows them.');
    return demo;
  }

  async update(reference: string, change: AdminUpdateOrganizationDto): Promise<AdminOrganizationDto> {
    const { id } = await this.get(reference);
    const body = await this.application.validated(AdminUpdateOrganizationDto, change);
    return this.service.update(id, body, actorOf(this.application.principal()));
  }

  async members(reference: string, page: PageOptions): Promise<Page<MemberDto>> {
    const organization = await this.get(reference);
    const query = await this.application.validated(PageQuery, page, 'query');
    return this.application.get(MembersService).list(this.application.principal(organization), query);
  }

  private async findByName(name: string): Promise<AdminOrganizationDto[]> {
    const found: AdminOrganizationDto[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.list({ name, limit: '100', ...(cursor && { cursor }) });
      found.push(...page.data.filter((organization) => organization.name.toLowerCase() === name.toLowerCase()));
      cursor = page.next_cursor ?? undefined;
    } while (cursor);
    return found;
  }

  private get service(): AdminOrganizationsService {
    return this.application.get(AdminOrganizationsService);
  }
}
