import { Global, Module, type DynamicModule } from '@nestjs/common';
import type { VersionTable } from './version-table.js';
import { VersionsController } from './versions.controller.js';
import { RouteVersions } from './route-versions.js';
import { Versions } from './versions.js';

export { changelogPage } from './changelog-page.js';
export { ServedVersionGuard } from './served-version.guard.js';
export { Translation } from './translation.js';
export { VersionGuard } from './version.guard.js';
export { renameFields, type ApiVersion, type Json, type VersionChange, type VersionTable } from './version-table.js';
export { Versions } from './versions.js';

@Global()
@Module({ controllers: [VersionsController] })
export class VersionsModule {
  static forRoot(table: VersionTable): DynamicModule {
    return {
      module: VersionsModule,
      providers: [{ provide: Versions, useFactory: () => new Versions(table) }, RouteVersions],
      exports: [Versions, RouteVersions],
    };
  }
}
