import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class AliveDto {
  @ApiProperty({ enum: ['ok'] })
  status: 'ok';
}

export class ServiceHealthDto {
  healthy: boolean;
  @ApiProperty({ example: 1.2 })
  latency_ms: number;
}

export class InferenceHealthDto extends ServiceHealthDto {
  /** The model that answers by default. */
  @ApiProperty({ example: 'parlance-extractive' })
  model: string;
}

abstract class MigratedDto {
  /** Migrations that the database lacks; absent when it has them all. Run `parlance migrate`. */
  @ApiPropertyOptional({ type: [String], example: ['0017-quotas'] })
  missing_migrations?: string[];
}

class ReadinessServicesDto {
  database: ServiceHealthDto;
  /** Redis. Without it the service goes on, degraded. */
  cache: ServiceHealthDto;
}

export class ReadinessDto extends MigratedDto {
  @ApiProperty({ enum: ['ready', 'not_ready'] })
  status: 'ready' | 'not_ready';
  services: ReadinessServicesDto;
}

export class ReadyDto extends MigratedDto {
  @ApiProperty({ enum: ['ready', 'not_ready'] })
  status: 'ready' | 'not_ready';
  inference: InferenceHealthDto;
}

class AllServicesDto extends ReadinessServicesDto {
  inference: InferenceHealthDto;
}

export class LatencyPercentilesDto {
  p50_ms: number;
  p90_ms: number;
  p99_ms: number;
}

export class ReadyAllDto extends MigratedDto {
  @ApiProperty({ enum: ['ready', 'not_ready'] })
  status: 'ready' | 'not_ready';
  services: AllServicesDto;
  /** Of the answers of this process since its start, estimated from the histogram. */
  latency_percentiles: LatencyPercentilesDto;
}
