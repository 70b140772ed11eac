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
  /** The default model. */
  @ApiProperty({ example: 'parlance-extractive' })
  model: string;
}

abstract class MigratedDto {
  /** Migrations missing from the database. Omitted if there are none. Run `parlance migrate` to apply them. */
  @ApiPropertyOptional({ type: [String], example: [] })
  missing_migrations?: string[];
}

class ReadinessServicesDto {
  database: ServiceHealthDto;
  /** Redis. Without it the server continues in degraded mode. */
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
  @ApiProperty({ example: 4.1 })
  p50_ms: number;
  @ApiProperty({ example: 18.5 })
  p90_ms: number;
  @ApiProperty({ example: 92.4 })
  p99_ms: number;
}

export class ReadyAllDto extends MigratedDto {
  @ApiProperty({ enum: ['ready', 'not_ready'] })
  status: 'ready' | 'not_ready';
  services: AllServicesDto;
  /** Response times of this process since its start, estimated from a histogram. */
  latency_percentiles: LatencyPercentilesDto;
}
