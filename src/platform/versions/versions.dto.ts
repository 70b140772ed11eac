import { ApiProperty } from '@nestjs/swagger';
import { addressOf, deprecationOf } from './deprecation.js';
import type { ApiVersion, VersionChange } from './version-table.js';
import type { Versions } from './versions.js';

export class VersionChangeDto {
  @ApiProperty({ example: 'Notifications come in pages' })
  title: string;
  description: string;
  /** The operations that it concerns, by their `operationId`. */
  @ApiProperty({ type: [String], example: ['Notifications_list'] })
  operations: string[];

  static from({ title, description, operations }: VersionChange): VersionChangeDto {
    return { title, description, operations: [...operations] };
  }
}

export class VersionDto {
  @ApiProperty({ format: 'date', example: '2026-11-22' })
  version: string;
  is_latest: boolean;
  /** Since when it is on its way out; null for one that stays. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  deprecated_at: string | null;
  /** From when on it is answered with 410. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  sunset_at: string | null;
  /** Address of a page that tells how to leave it. */
  @ApiProperty({ type: String, format: 'uri', nullable: true })
  guide: string | null;
  /** How it differs from the version before. */
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
