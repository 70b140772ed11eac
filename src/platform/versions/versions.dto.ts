import { ApiProperty } from '@nestjs/swagger';
import { addressOf, deprecationOf } from './deprecation.js';
import type { ApiVersion, VersionChange } from './version-table.js';
import type { Versions } from './versions.js';

export class VersionChangeDto {
  @ApiProperty({ example: 'Notifications are paginated' })
  title: string;
  @ApiProperty({ example: 'The list moved from `notifications` to `data`.' })
  description: string;
  /** Affected operations, by `operationId`. */
  @ApiProperty({ type: [String], example: ['notifications.list'] })
  operations: string[];

  static from({ title, description, operations }: VersionChange): VersionChangeDto {
    return { title, description, operations: [...operations] };
  }
}

export class VersionDto {
  @ApiProperty({ format: 'date', example: '2026-11-22' })
  version: string;
  is_latest: boolean;
  /** When the version was deprecated. Null if it is not deprecated. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  deprecated_at: string | null;
  /** When the version ends. From then on, it is refused with 410. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  sunset_at: string | null;
  /** Address of a migration guide. Null unless the version is deprecated. */
  @ApiProperty({ type: String, format: 'uri', nullable: true })
  guide: string | null;
  /** Changes since the previous version. */
  @ApiProperty({ type: [VersionChangeDto] })
  changes: VersionChangeDto[];

  static from(entry: ApiVersion, latest: string, publicUrl: string): VersionDto {
    const guide = deprecationOf(entry, latest)?.guide;
    return {
      version: entry.version,
      is_latest: entry.version === latest,
      deprecated_at: timeOrNull(entry.deprecatedAt),
      sunset_at: timeOrNull(entry.sunsetAt),
      guide: guide ? addressOf(guide, publicUrl) : null,
      changes: entry.changes.map((change) => VersionChangeDto.from(change)),
    };
  }
}

export class VersionListDto {
  /** Newest first. */
  @ApiProperty({ type: [VersionDto] })
  data: VersionDto[];
  @ApiProperty({ format: 'date', example: '2026-11-22' })
  latest: string;

  static from({ table, latest }: Versions, publicUrl: string): VersionListDto {
    return { data: table.map((entry) => VersionDto.from(entry, latest, publicUrl)).reverse(), latest };
  }
}

const timeOrNull = (time: string | undefined): string | null => (time ? new Date(time).toISOString() : null);
